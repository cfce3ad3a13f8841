import django.db.models.deletion
import django.db.models.functions.datetime
import hongmi.lib.enums
import points.models.fields
from django.conf import settings
from django.db import migrations, models

from hongmi.lib import sql_files


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('notifications', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('merchants', '0001_initial'),
    ]

    operations = [
        sql_files.load("0001_initial_types"),
        migrations.CreateModel(
            name='Act',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='merchants.merchant')),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to=settings.AUTH_USER_MODEL)),
                ('parent_id', models.BigIntegerField(null=True, verbose_name='answers act')),
                ('actor_id', models.BigIntegerField(null=True, verbose_name='actor')),
                ('approved_by_id', models.BigIntegerField(null=True, verbose_name='approved by')),
                ('amount_fen', points.models.fields.WholeNumberField(null=True, verbose_name='amount in fen')),
                ('store_id', models.BigIntegerField(null=True, verbose_name='store')),
                ('occurred_at', models.DateTimeField(verbose_name='occurred at')),
                ('recorded_at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), verbose_name='recorded at')),
                ('xid', points.models.fields.Xid8Field(db_default=models.Func(function='pg_current_xact_id'))),
                ('kind', hongmi.lib.enums.EnumField(choices=[('purchase', 'purchase'), ('award', 'award'), ('redemption', 'redemption'), ('hold', 'hold'), ('capture', 'capture'), ('release', 'release'), ('lapse', 'lapse'), ('expiry', 'expiry'), ('return', 'return'), ('reversal', 'reversal'), ('transfer', 'transfer'), ('compensation', 'compensation'), ('adjustment', 'adjustment'), ('opening', 'opening balance'), ('refund', 'refund'), ('merge', 'merge of accounts')], db_enum='act_kind', verbose_name='kind')),
                ('request_hash', points.models.fields.RequestHashField(max_length=16, verbose_name='request hash')),
                ('reference', points.models.fields.ReferenceField(max_length=128, verbose_name='reference')),
                ('breakdown', models.JSONField(verbose_name='breakdown')),
            ],
            options={
                'verbose_name': 'act',
                'verbose_name_plural': 'acts',
                'indexes': [models.Index(fields=['xid'], name='points_act_by_xid'), models.Index(condition=models.Q(('parent_id__isnull', False)), fields=['parent_id', 'kind'], name='points_act_by_parent')],
                'constraints': [models.UniqueConstraint(fields=('merchant', 'kind', 'reference'), name='a_reference_is_used_once_per_merchant_and_kind'), models.UniqueConstraint(condition=models.Q(('kind__in', ('capture', 'release', 'lapse'))), fields=('parent_id',), name='a_hold_ends_once'), models.UniqueConstraint(condition=models.Q(('kind', 'reversal')), fields=('parent_id',), name='an_act_is_reversed_once'), models.CheckConstraint(condition=points.models.fields.Law("parent_id IS NOT NULL OR kind <> ALL ('{capture,release,lapse,return,reversal,refund}')"), name='an_answer_names_the_act_it_answers'), models.CheckConstraint(condition=points.models.fields.Law("kind <> ALL ('{adjustment,merge}') OR (actor_id <> approved_by_id) IS TRUE"), name='an_adjustment_or_a_merge_takes_two_people')],
            },
        ),
        migrations.CreateModel(
            name='AuditRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('finished_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='finished at')),
                ('is_ok', models.BooleanField(verbose_name='no law is broken')),
                ('findings', models.JSONField(verbose_name='findings')),
            ],
            options={
                'verbose_name': 'audit',
                'verbose_name_plural': 'audits',
            },
        ),
        migrations.CreateModel(
            name='Once',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'once_key', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField(verbose_name='member')),
                ('act_id', models.BigIntegerField(verbose_name='used up by act')),
                ('once_key', models.CharField(max_length=128, verbose_name='key')),
            ],
            options={
                'verbose_name': 'once-only award',
                'verbose_name_plural': 'once-only awards',
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('leaf_index', models.BigIntegerField(primary_key=True, serialize=False)),
                ('act_id', models.BigIntegerField(unique=True)),
                ('leaf_hash', models.BinaryField(max_length=32)),
            ],
            options={
                'verbose_name': 'seal',
                'verbose_name_plural': 'seals',
            },
        ),
        migrations.CreateModel(
            name='TreeNode',
            fields=[
                ('pk', models.CompositePrimaryKey('level', 'index', blank=True, editable=False, primary_key=True, serialize=False)),
                ('index', models.BigIntegerField()),
                ('level', models.SmallIntegerField()),
                ('hash', models.BinaryField(max_length=32)),
            ],
            options={
                'verbose_name': 'tree node',
                'verbose_name_plural': 'tree nodes',
            },
        ),
        migrations.CreateModel(
            name='AccountRollup',
            fields=[
                ('pk', models.CompositePrimaryKey('kind', 'holder', 'purse', blank=True, editable=False, primary_key=True, serialize=False)),
                ('holder', models.BigIntegerField(verbose_name='holder')),
                ('debits', models.BigIntegerField(verbose_name='debits')),
                ('credits', models.BigIntegerField(verbose_name='credits')),
                ('kind', hongmi.lib.enums.EnumField(choices=[('issuance', 'issuance'), ('member', 'member'), ('held', 'held'), ('redeemed', 'redeemed'), ('expired', 'expired'), ('transit', 'transit'), ('reserve', 'customer reserve')], db_enum='account_kind', verbose_name='account')),
                ('purse', hongmi.lib.enums.EnumField(choices=[('base', 'points'), ('green', 'green points')], db_enum='purse', verbose_name='purse')),
            ],
            options={
                'verbose_name': 'account rollup',
                'verbose_name_plural': 'account rollups',
                'constraints': [models.CheckConstraint(condition=models.Q(('credits__gte', 0), ('debits__gte', 0)), name='a_rollup_sums_positive_amounts')],
            },
        ),
        migrations.CreateModel(
            name='Adjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('purse', hongmi.lib.enums.EnumField(choices=[('base', 'points'), ('green', 'green points')], db_enum='purse', default='base', verbose_name='purse')),
                ('points', models.BigIntegerField(help_text='negative takes points away', verbose_name='points')),
                ('reason', models.CharField(max_length=500, verbose_name='reason')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='proposed at')),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                ('act_id', models.BigIntegerField(blank=True, null=True, unique=True, verbose_name='booked as act')),
            ],
            options={
                'verbose_name': 'adjustment',
                'verbose_name_plural': 'adjustments',
                'constraints': [models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='an_adjustment_is_approved_by_another_person'), models.CheckConstraint(condition=models.Q(('points', 0), _negated=True), name='an_adjustment_moves_points'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='an_adjustment_has_a_reason'), models.CheckConstraint(condition=models.Q(('act_id__isnull', True), ('approved_by__isnull', False), _connector='OR'), name='an_adjustment_is_booked_after_approval')],
            },
        ),
        migrations.CreateModel(
            name='CapUsage',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'cap', 'window', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.BigIntegerField(verbose_name='member, or 0 for a budget')),
                ('used', models.BigIntegerField(verbose_name='used')),
                ('cap', models.CharField(max_length=64, verbose_name='cap')),
                ('window', models.CharField(max_length=32, verbose_name='window')),
            ],
            options={
                'verbose_name': 'cap usage',
                'verbose_name_plural': 'cap usage',
                'constraints': [models.CheckConstraint(condition=models.Q(('used__gte', 0)), name='cap_usage_is_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Debt',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'purse', 'merchant_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='merchants.merchant')),
                ('owed', models.BigIntegerField(verbose_name='owed')),
                ('purse', hongmi.lib.enums.EnumField(choices=[('base', 'points'), ('green', 'green points')], db_enum='purse', verbose_name='purse')),
            ],
            options={
                'verbose_name': 'debt',
                'verbose_name_plural': 'debts',
                'constraints': [models.CheckConstraint(condition=models.Q(('owed__gte', 0)), name='a_debt_is_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='EarningRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='earning_rules', to='merchants.merchant')),
                ('code', models.SlugField(verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('name_en', models.CharField(blank=True, max_length=100, verbose_name='English name')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'earning rule',
                'verbose_name_plural': 'earning rules',
                'constraints': [models.UniqueConstraint(fields=('merchant', 'code'), name='a_rule_code_is_unique_within_its_merchant')],
            },
        ),
        migrations.CreateModel(
            name='EarningRuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='points.earningrule')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('definition', models.JSONField(verbose_name='definition')),
                ('starts_at', models.DateTimeField(verbose_name='in force from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='in force until')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'rule version',
                'verbose_name_plural': 'rule versions',
                'constraints': [models.UniqueConstraint(fields=('rule', 'version'), name='a_rule_version_is_numbered_once'), models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='a_rule_version_ends_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='GoodsLabel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='goods_labels', to='merchants.merchant')),
                ('sku', models.CharField(max_length=64, verbose_name='SKU')),
                ('label', models.CharField(max_length=64, verbose_name='label')),
                ('valid_from', models.DateTimeField(verbose_name='valid from')),
                ('valid_to', models.DateTimeField(blank=True, null=True, verbose_name='valid to')),
            ],
            options={
                'verbose_name': 'goods label',
                'verbose_name_plural': 'goods labels',
                'constraints': [models.UniqueConstraint(fields=('merchant', 'sku', 'label', 'valid_from'), name='a_label_is_put_on_goods_once_at_a_time'), models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='a_label_ends_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='Idempotency',
            fields=[
                ('pk', models.CompositePrimaryKey('merchant_id', 'key_digest', blank=True, editable=False, primary_key=True, serialize=False)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='merchants.merchant')),
                ('act', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='points.act')),
                ('key_digest', models.UUIDField(verbose_name='digest of the key')),
            ],
            options={
                'verbose_name': 'idempotency key',
                'verbose_name_plural': 'idempotency keys',
            },
        ),
        migrations.CreateModel(
            name='Journal',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'purse', 'act_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('act', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='journal', to='points.act')),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='merchants.merchant')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('balance_after', points.models.fields.WholeNumberField(verbose_name='balance after')),
                ('owed', models.BigIntegerField(db_default=0, verbose_name='change of points owed')),
                ('purse', hongmi.lib.enums.EnumField(choices=[('base', 'points'), ('green', 'green points')], db_enum='purse', verbose_name='purse')),
            ],
            options={
                'verbose_name': 'journal entry',
                'verbose_name_plural': 'journal',
                'indexes': [models.Index(fields=['act'], name='points_journal_by_act')],
            },
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='lots', to=settings.AUTH_USER_MODEL)),
                ('issuer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='merchants.merchant')),
                ('act_id', models.BigIntegerField(verbose_name='granted by act')),
                ('granted', points.models.fields.CountingNumberField(verbose_name='granted')),
                ('remaining', points.models.fields.WholeNumberField(verbose_name='remaining')),
                ('usable_from', models.DateTimeField(verbose_name='usable from')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='expires at')),
                ('first_expires_at', models.DateTimeField(null=True, verbose_name='end of validity before it was extended')),
                ('source_lot_id', models.BigIntegerField(null=True, verbose_name='given from lot')),
                ('rule_id', models.BigIntegerField(null=True, verbose_name='earning rule')),
                ('purse', hongmi.lib.enums.EnumField(choices=[('base', 'points'), ('green', 'green points')], db_enum='purse', verbose_name='purse')),
                ('kind', hongmi.lib.enums.EnumField(choices=[('spend', 'earned by spending'), ('bonus', 'bonus'), ('green', 'green'), ('gift', 'gift from family'), ('compensation', 'compensation'), ('opening', 'opening balance'), ('miles', 'airline miles')], db_enum='lot_kind', verbose_name='kind')),
                ('value_fen', models.SmallIntegerField(db_default=5, verbose_name='guaranteed value per point in fen')),
                ('transferable', models.BooleanField(db_default=False, verbose_name='may be given to family')),
                ('is_open', models.BooleanField(db_default=True, verbose_name='has points left')),
                ('earmark', models.CharField(max_length=64, null=True, verbose_name='only for')),
            ],
            options={
                'verbose_name': 'lot',
                'verbose_name_plural': 'lots',
                'indexes': [models.Index(condition=models.Q(('is_open', True)), fields=['member', 'purse'], name='points_lot_open'), models.Index(fields=['act_id'], name='points_lot_by_act'), models.Index(condition=models.Q(('source_lot_id__isnull', False)), fields=['source_lot_id'], name='points_lot_by_source'), models.Index(condition=models.Q(('expires_at__isnull', False), ('is_open', True)), fields=['expires_at'], name='points_lot_to_expire')],
                'constraints': [models.CheckConstraint(condition=points.models.fields.Law('remaining <= granted'), name='a_lot_keeps_at_most_what_it_granted'), models.CheckConstraint(condition=points.models.fields.Law('is_open = (remaining > 0)'), name='a_lot_is_open_while_points_remain'), models.CheckConstraint(condition=points.models.fields.Law('expires_at > usable_from'), name='a_lot_is_usable_before_it_expires'), models.CheckConstraint(condition=points.models.fields.Law("expires_at IS NULL OR kind <> 'spend'"), name='points_earned_by_spending_never_expire')],
            },
        ),
        migrations.CreateModel(
            name='Draw',
            fields=[
                ('pk', models.CompositePrimaryKey('act_id', 'lot_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('act', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='draws', to='points.act')),
                ('lot', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='draws', to='points.lot')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='new end of validity')),
            ],
            options={
                'verbose_name': 'draw',
                'verbose_name_plural': 'draws',
                'indexes': [models.Index(fields=['lot'], name='points_draw_by_lot')],
                'constraints': [models.CheckConstraint(condition=models.Q(('points', 0), _negated=True), name='a_draw_moves_points')],
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('pk', models.CompositePrimaryKey('act_id', 'line', blank=True, editable=False, primary_key=True, serialize=False)),
                ('act', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='postings', to='points.act')),
                ('debit_holder', models.BigIntegerField(verbose_name='debit holder')),
                ('credit_holder', models.BigIntegerField(verbose_name='credit holder')),
                ('amount', points.models.fields.CountingNumberField(verbose_name='points')),
                ('purse', hongmi.lib.enums.EnumField(choices=[('base', 'points'), ('green', 'green points')], db_enum='purse', verbose_name='purse')),
                ('debit_kind', hongmi.lib.enums.EnumField(choices=[('issuance', 'issuance'), ('member', 'member'), ('held', 'held'), ('redeemed', 'redeemed'), ('expired', 'expired'), ('transit', 'transit'), ('reserve', 'customer reserve')], db_enum='account_kind', verbose_name='debit account')),
                ('credit_kind', hongmi.lib.enums.EnumField(choices=[('issuance', 'issuance'), ('member', 'member'), ('held', 'held'), ('redeemed', 'redeemed'), ('expired', 'expired'), ('transit', 'transit'), ('reserve', 'customer reserve')], db_enum='account_kind', verbose_name='credit account')),
                ('line', models.SmallIntegerField(verbose_name='line')),
            ],
            options={
                'verbose_name': 'posting',
                'verbose_name_plural': 'postings',
            },
        ),
        migrations.CreateModel(
            name='TreeHead',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('tree_size', models.BigIntegerField(verbose_name='leaves')),
                ('sealed_xid', models.BigIntegerField(verbose_name='every act of an earlier transaction is sealed')),
                ('horizon_at', models.DateTimeField(verbose_name='covers what was recorded until')),
                ('mark_xid', models.BigIntegerField(verbose_name='mark')),
                ('mark_at', models.DateTimeField(verbose_name='moment of the mark')),
                ('signed_at', models.DateTimeField(verbose_name='signed at')),
                ('root_hash', models.BinaryField(max_length=32)),
                ('signature', models.BinaryField(max_length=64)),
                ('key_id', models.CharField(max_length=64)),
            ],
            options={
                'verbose_name': 'tree head',
                'verbose_name_plural': 'tree heads',
                'indexes': [models.Index(fields=['tree_size'], name='points_treehead_by_size')],
            },
        ),
        migrations.CreateModel(
            name='Wallet',
            fields=[
                ('pk', models.CompositePrimaryKey('member_id', 'purse', blank=True, editable=False, primary_key=True, serialize=False)),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='wallets', to=settings.AUTH_USER_MODEL)),
                ('balance', points.models.fields.WholeNumberField(db_default=0, verbose_name='balance')),
                ('available', points.models.fields.WholeNumberField(db_default=0, verbose_name='available')),
                ('held', points.models.fields.WholeNumberField(db_default=0, verbose_name='held')),
                ('owed', points.models.fields.WholeNumberField(db_default=0, verbose_name='owed')),
                ('next_change_at', models.DateTimeField(null=True, verbose_name='next change of what is available')),
                ('purse', hongmi.lib.enums.EnumField(choices=[('base', 'points'), ('green', 'green points')], db_enum='purse', verbose_name='purse')),
                ('is_merged', models.BooleanField(db_default=False, verbose_name='closed by a merge of accounts')),
            ],
            options={
                'verbose_name': 'wallet',
                'verbose_name_plural': 'wallets',
                'constraints': [models.CheckConstraint(condition=points.models.fields.Law('available <= balance'), name='available_is_part_of_the_balance')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('act', models.OneToOneField(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, serialize=False, to='points.act')),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to=settings.AUTH_USER_MODEL)),
                ('merchant', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, to='merchants.merchant')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('expires_at', models.DateTimeField(verbose_name='lapses at')),
                ('purse', hongmi.lib.enums.EnumField(choices=[('base', 'points'), ('green', 'green points')], db_enum='purse', verbose_name='purse')),
                ('is_open', models.BooleanField(db_default=True, verbose_name='open')),
            ],
            options={
                'verbose_name': 'hold',
                'verbose_name_plural': 'holds',
                'indexes': [models.Index(condition=models.Q(('is_open', True)), fields=['member', 'purse', 'expires_at'], name='points_hold_open'), models.Index(condition=models.Q(('is_open', True)), fields=['expires_at'], name='points_hold_to_lapse')],
                'constraints': [models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='a_hold_keeps_points')],
            },
        ),
        sql_files.load("0001_initial"),
    ]
