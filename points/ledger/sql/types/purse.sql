CREATE DOMAIN purse AS smallint CONSTRAINT a_purse_is_base_or_green CHECK (VALUE = ANY ('{1,2}'));
