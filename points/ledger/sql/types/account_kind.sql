CREATE TYPE account_kind AS ENUM ('issuance', 'member', 'held', 'redeemed', 'expired', 'transit', 'reserve');
