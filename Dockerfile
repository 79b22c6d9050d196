# The production image: the packages of requirements.txt, the code with its static files, and an ordinary user.

FROM python:3.13-slim AS packages
COPY requirements.txt .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home entente
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# Production settings have no defaults; these values are for this one command and stay out of the image.
RUN DJANGO_SECRET_KEY=unused REQUEST_CODE_KEY=unused-too ALLOWED_HOSTS=unused SITE_URL=https://unused \
    DEFAULT_FROM_EMAIL=unused@example.org MESSAGE_ID_DOMAIN=unused EMAIL_URL=smtp://unused \
    DATABASE_URL=postgres://unused/unused BROKER_URL=redis://unused CACHE_URL=rediscache://unused \
    python manage.py collectstatic --no-input
USER entente
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "-b", "0.0.0.0:8000", "--threads", "4", "--no-control-socket"]
