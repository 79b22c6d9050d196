app_name = "reviews"

STORE = "store/<slug:handle>/reviews"
PARTNER = "partner/<slug:slug>/services/reviews"

in_store: list = []

in_partner: list = []

in_public: list = []

reporting: list = []

urlpatterns = in_store + in_partner + in_public + reporting
