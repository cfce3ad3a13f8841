import points.models.fields
from django.db import migrations, models

from hongmi.lib import sql_files

# A column named by a trigger cannot change its type: the trigger steps aside.
THE_PROMISE = """
    CREATE TRIGGER a_promise_is_kept
        BEFORE UPDATE OF member_id, purse, issuer_id, kind, act_id, granted, usable_from, expires_at, first_expires_at,
                         value_fen, transferable, earmark, source_lot_id, rule_id
        ON points_lot FOR EACH ROW EXECUTE FUNCTION points.guard_lot();
    ALTER TABLE points_lot ENABLE ALWAYS TRIGGER a_promise_is_kept;
"""
NO_PROMISE = "DROP TRIGGER a_promise_is_kept ON points_lot"

OLD_BATCH = ("lock_wallet.0001", "accrue_batch.0001", "batch_items.0001", "judge_batch.0001", "write_batch.0001")
MAKE_ROOM = """
    DROP FUNCTION points.accrue_batch(bigint, jsonb, timestamptz, bigint, boolean);
    DROP FUNCTION points._lock_wallets(bigint[], smallint[]);
    DROP FUNCTION points._booked(bigint, text);
    DROP TYPE points.batch_item CASCADE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('points', '0005_walls'),
        ('notifications', '0004_kept_plan'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='act',
            name='an_act_has_a_known_kind',
        ),
        migrations.RemoveConstraint(
            model_name='act',
            name='an_answer_names_the_act_it_answers',
        ),
        migrations.RemoveConstraint(
            model_name='act',
            name='an_adjustment_takes_two_people',
        ),
        migrations.RemoveConstraint(
            model_name='act',
            name='an_act_has_a_reference',
        ),
        migrations.RemoveConstraint(
            model_name='act',
            name='an_amount_is_not_negative',
        ),
        migrations.RemoveConstraint(
            model_name='journal',
            name='a_balance_after_is_not_negative',
        ),
        migrations.RemoveConstraint(
            model_name='journal',
            name='a_journal_entry_has_a_known_purse',
        ),
        migrations.RemoveConstraint(
            model_name='lot',
            name='a_lot_grants_points',
        ),
        migrations.RemoveConstraint(
            model_name='lot',
            name='a_lot_keeps_at_most_what_it_granted',
        ),
        migrations.RemoveConstraint(
            model_name='lot',
            name='a_lot_is_open_while_points_remain',
        ),
        migrations.RemoveConstraint(
            model_name='lot',
            name='a_lot_is_usable_before_it_expires',
        ),
        migrations.RemoveConstraint(
            model_name='lot',
            name='points_earned_by_spending_never_expire',
        ),
        migrations.RemoveConstraint(
            model_name='lot',
            name='a_lot_has_a_known_purse',
        ),
        migrations.RemoveConstraint(
            model_name='posting',
            name='a_posting_moves_points',
        ),
        migrations.RemoveConstraint(
            model_name='posting',
            name='a_posting_has_a_known_purse',
        ),
        migrations.RemoveConstraint(
            model_name='posting',
            name='a_posting_joins_only_accounts_that_may_meet',
        ),
        migrations.RemoveConstraint(
            model_name='wallet',
            name='a_balance_is_not_negative',
        ),
        migrations.RemoveConstraint(
            model_name='wallet',
            name='held_points_are_not_negative',
        ),
        migrations.RemoveConstraint(
            model_name='wallet',
            name='owed_points_are_not_negative',
        ),
        migrations.RemoveConstraint(
            model_name='wallet',
            name='available_is_part_of_the_balance',
        ),
        migrations.RemoveConstraint(
            model_name='wallet',
            name='a_wallet_has_a_known_purse',
        ),
        migrations.RunSQL(
            "ALTER TABLE points_act DROP CONSTRAINT a_request_hash_has_32_bytes",
            "ALTER TABLE points_act ADD CONSTRAINT a_request_hash_has_32_bytes CHECK (length(request_hash) = 32)",
        ),
        migrations.RunSQL(NO_PROMISE, THE_PROMISE),
        sql_files.load(
            "domains.0001",
            undo="DROP DOMAIN purse, act_kind, whole_number, counting_number, reference, request_hash",
        ),
        migrations.AlterField(
            model_name='act',
            name='amount_fen',
            field=points.models.fields.WholeNumberField(null=True, verbose_name='amount in fen'),
        ),
        migrations.AlterField(
            model_name='act',
            name='kind',
            field=points.models.fields.ActKindField(choices=[(1, 'purchase'), (2, 'award'), (3, 'redemption'), (4, 'hold'), (5, 'capture'), (6, 'release'), (7, 'lapse'), (8, 'expiry'), (9, 'return'), (10, 'reversal'), (11, 'transfer'), (12, 'compensation'), (13, 'adjustment'), (14, 'opening balance'), (15, 'refund')], verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='act',
            name='reference',
            field=points.models.fields.ReferenceField(max_length=128, verbose_name='reference'),
        ),
        migrations.AlterField(
            model_name='act',
            name='request_hash',
            field=points.models.fields.RequestHashField(max_length=32, verbose_name='request hash'),
        ),
        migrations.AlterField(
            model_name='journal',
            name='balance_after',
            field=points.models.fields.WholeNumberField(verbose_name='balance after'),
        ),
        migrations.AlterField(
            model_name='journal',
            name='purse',
            field=points.models.fields.PurseField(choices=[(1, 'points'), (2, 'green points')], verbose_name='purse'),
        ),
        migrations.AlterField(
            model_name='lot',
            name='granted',
            field=points.models.fields.CountingNumberField(verbose_name='granted'),
        ),
        migrations.AlterField(
            model_name='lot',
            name='purse',
            field=points.models.fields.PurseField(choices=[(1, 'points'), (2, 'green points')], verbose_name='purse'),
        ),
        migrations.AlterField(
            model_name='lot',
            name='remaining',
            field=points.models.fields.WholeNumberField(verbose_name='remaining'),
        ),
        migrations.AlterField(
            model_name='posting',
            name='amount',
            field=points.models.fields.CountingNumberField(verbose_name='points'),
        ),
        migrations.AlterField(
            model_name='posting',
            name='purse',
            field=points.models.fields.PurseField(choices=[(1, 'points'), (2, 'green points')], verbose_name='purse'),
        ),
        migrations.AlterField(
            model_name='wallet',
            name='available',
            field=points.models.fields.WholeNumberField(db_default=0, verbose_name='available'),
        ),
        migrations.AlterField(
            model_name='wallet',
            name='balance',
            field=points.models.fields.WholeNumberField(db_default=0, verbose_name='balance'),
        ),
        migrations.AlterField(
            model_name='wallet',
            name='held',
            field=points.models.fields.WholeNumberField(db_default=0, verbose_name='held'),
        ),
        migrations.AlterField(
            model_name='wallet',
            name='owed',
            field=points.models.fields.WholeNumberField(db_default=0, verbose_name='owed'),
        ),
        migrations.AlterField(
            model_name='wallet',
            name='purse',
            field=points.models.fields.PurseField(choices=[(1, 'points'), (2, 'green points')], verbose_name='purse'),
        ),
        migrations.RunSQL(THE_PROMISE, NO_PROMISE),
        migrations.AddConstraint(
            model_name='act',
            constraint=models.CheckConstraint(condition=points.models.fields.Law("parent_id IS NOT NULL OR kind <> ALL ('{5,6,7,9,10,15}')"), name='an_answer_names_the_act_it_answers'),
        ),
        migrations.AddConstraint(
            model_name='act',
            constraint=models.CheckConstraint(condition=points.models.fields.Law('kind <> 13 OR (actor_id <> approved_by_id) IS TRUE'), name='an_adjustment_takes_two_people'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=points.models.fields.Law('remaining <= granted'), name='a_lot_keeps_at_most_what_it_granted'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=points.models.fields.Law('is_open = (remaining > 0)'), name='a_lot_is_open_while_points_remain'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=points.models.fields.Law('expires_at > usable_from'), name='a_lot_is_usable_before_it_expires'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=points.models.fields.Law('expires_at IS NULL OR kind <> 1'), name='points_earned_by_spending_never_expire'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=points.models.fields.Law("credit_kind BETWEEN 1 AND 7 AND debit_kind * 10 + credit_kind = ANY ('{12,21,24,42,23,32,34,25,52,22,26,62,77}')"), name='a_posting_joins_only_accounts_that_may_meet'),
        ),
        migrations.AddConstraint(
            model_name='wallet',
            constraint=models.CheckConstraint(condition=points.models.fields.Law('available <= balance'), name='available_is_part_of_the_balance'),
        ),
        sql_files.load("member_of.0002", instead_of="member_of.0001"),
        sql_files.load("known.0002", instead_of="known.0001"),
        sql_files.load("refresh.0002", instead_of="refresh.0001"),
        sql_files.load("expire.0002", instead_of="expire.0001"),
        sql_files.load("accrue_plain.0001"),
        sql_files.load("accrue.0002", instead_of="accrue.0001"),
        # Going back, from the last line up: those of the batch make room, and the oldest come back with their type.
        sql_files.load_going_back("grants.0001"),
        *[sql_files.load_going_back(name) for name in reversed(OLD_BATCH)],
        migrations.RunSQL(migrations.RunSQL.noop, MAKE_ROOM),
        sql_files.load("lock_wallets.0002"),
        sql_files.load("batch_items.0002"),
        sql_files.load("judge_batch.0002"),
        sql_files.load("accrue_batch.0002"),
        sql_files.load("grants.0001"),
    ]
