CREATE DOMAIN act_kind AS smallint CONSTRAINT an_act_has_a_known_kind CHECK (VALUE BETWEEN 1 AND 16);
