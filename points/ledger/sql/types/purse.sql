-- Base before green: the order in which wallets are locked and entries are listed.
CREATE TYPE purse AS ENUM ('base', 'green');
