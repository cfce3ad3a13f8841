"""Addresses of redemption."""

from django.urls import path

from hongmi.lib import paths
from redemption import api, views

paths.register()

api_urlpatterns = [
    path("rewards", api.Rewards.as_view(), name="rewards"),
    path("rewards/<decimal_id:reward_id>", api.RewardDetail.as_view(), name="reward"),
    path("rewards/<decimal_id:reward_id>/prices", api.RewardPrices.as_view(), name="reward_prices"),
]

urlpatterns = [
    path("rewards/<decimal_id:reward_id>/prices", views.price_history, name="price_history"),
    path("rewards/<decimal_id:reward_id>/prices.json", views.price_history_json, name="price_history_json"),
]
