"""The demo's merchants, people and one year of their history, and the purchases of 1997–98.

`shop_list`, `personas`, `habits` and `rewards` hold the facts; `demo_state` creates them, `history` plays the year.
"""
