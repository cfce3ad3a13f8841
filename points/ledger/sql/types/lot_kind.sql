CREATE TYPE lot_kind AS ENUM ('spend', 'bonus', 'green', 'gift', 'compensation', 'opening', 'miles');
