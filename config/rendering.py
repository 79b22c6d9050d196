from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Fields look the same everywhere: label, input, help, error (templates/includes/_field.html)."""

    field_template_name = "includes/_field.html"
