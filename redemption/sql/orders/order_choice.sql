-- An order is paid from the purse of its reward and uses a logo of its own member at its own merchant: foreign keys over
-- all of these columns enforce it. They also fix the purse of a reward while it has orders.
ALTER TABLE redemption_reward ADD CONSTRAINT a_reward_has_one_purse UNIQUE (id, purse);
ALTER TABLE redemption_order ADD CONSTRAINT an_order_is_paid_from_the_purse_of_its_reward
    FOREIGN KEY (reward_id, purse) REFERENCES redemption_reward (id, purse);

ALTER TABLE redemption_logo ADD CONSTRAINT a_logo_belongs_to_a_member_at_a_merchant UNIQUE (id, member_id, merchant_id);
ALTER TABLE redemption_order ADD CONSTRAINT an_order_bears_a_logo_of_its_member
    FOREIGN KEY (logo_id, member_id, merchant_id) REFERENCES redemption_logo (id, member_id, merchant_id);
