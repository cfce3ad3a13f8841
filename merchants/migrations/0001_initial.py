import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import merchants.divisions
import oauth2_provider.generators
import oauth2_provider.models
import uuid
from django.conf import settings
from django.db import migrations, models

from hongmi.lib import sql_files


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Merchant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('name_en', models.CharField(blank=True, max_length=100, verbose_name='English name')),
                ('category', models.CharField(choices=[('retail', 'retail'), ('stationery', 'stationery'), ('automotive', 'automotive'), ('cosmetics', 'cosmetics'), ('appliances', 'home appliances'), ('pets', 'pets'), ('scenic', 'scenic spot'), ('hotel', 'hotel'), ('airline', 'airline'), ('lighting', 'lighting'), ('bank', 'bank'), ('payment', 'payment institution'), ('insurance', 'insurance'), ('platform', 'the platform')], max_length=20, verbose_name='category')),
                ('status', models.CharField(choices=[('applied', 'applied'), ('licensed', 'licence checked'), ('contracted', 'contracted'), ('live', 'live'), ('suspended', 'suspended'), ('exiting', 'exiting'), ('closed', 'closed')], default='applied', max_length=20, verbose_name='status')),
                ('clawback_policy', models.CharField(choices=[('forgive', 'forgive the rest'), ('owe', 'owe the rest, repaid by later awards')], default='forgive', max_length=10, verbose_name='when returned points are spent')),
                ('is_platform', models.BooleanField(default=False, verbose_name='is the platform')),
                ('licence_number', models.CharField(blank=True, max_length=32, verbose_name='business licence')),
                ('deposit_fen', models.BigIntegerField(default=0, verbose_name='deposit in fen')),
                ('credit_limit_fen', models.BigIntegerField(default=0, verbose_name='credit limit in fen')),
                ('may_issue', models.BooleanField(default=True, editable=False, verbose_name='may issue points within its limit')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'merchant',
                'verbose_name_plural': 'merchants',
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_platform', True)), fields=('is_platform',), name='there_is_one_platform'), models.CheckConstraint(condition=models.Q(('credit_limit_fen__gte', 0), ('deposit_fen__gte', 0)), name='deposit_and_credit_are_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='MemberCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('code_hash', models.BinaryField(max_length=32, unique=True, verbose_name='code')),
                ('spend_limit', models.BigIntegerField(default=0, verbose_name='may spend up to')),
                ('expires_at', models.DateTimeField(db_index=True, verbose_name='expires at')),
                ('used_at', models.DateTimeField(null=True, verbose_name='used at')),
                ('merchant', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('key', models.CharField(max_length=255, null=True, verbose_name='key')),
                ('has_joined', models.BooleanField(default=False, verbose_name='made the member join')),
            ],
            options={
                'verbose_name': 'member code',
                'verbose_name_plural': 'member codes',
                'constraints': [models.UniqueConstraint(fields=('merchant', 'key'), name='a_code_is_resolved_once_per_key'), models.CheckConstraint(condition=models.Q(models.Q(('key__isnull', True), ('merchant__isnull', True), ('used_at__isnull', True)), models.Q(('key__isnull', False), ('merchant__isnull', False), ('used_at__isnull', False)), _connector='OR'), name='a_used_code_has_a_merchant_and_a_key'), models.CheckConstraint(condition=models.Q(('spend_limit__gte', 0)), name='a_code_allows_no_less_than_nothing')],
            },
        ),
        migrations.CreateModel(
            name='Authorisation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('act', models.CharField(choices=[('hold', 'setting points aside'), ('offset', 'paying part of a bill with points'), ('order', 'ordering a reward'), ('transfer', 'giving points to family')], max_length=20, verbose_name='act')),
                ('max_points', models.BigIntegerField(verbose_name='at most')),
                ('member_code', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='authorisation', to='merchants.membercode')),
                ('code_hash', models.BinaryField(max_length=32, null=True, verbose_name='SMS code')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('key', models.CharField(max_length=255, null=True, verbose_name='key')),
                ('given_at', models.DateTimeField(verbose_name='given at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='confirmed at')),
                ('used_at', models.DateTimeField(null=True, verbose_name='used at')),
                ('reference', models.CharField(max_length=128, null=True, verbose_name='used for')),
            ],
            options={
                'verbose_name': 'authorisation to spend',
                'verbose_name_plural': 'authorisations to spend',
                'indexes': [models.Index(fields=['member', 'given_at'], name='authorisation_by_member')],
                'constraints': [models.UniqueConstraint(fields=('merchant', 'key'), name='an_authorisation_is_requested_once_per_key'), models.CheckConstraint(condition=models.Q(('max_points__gt', 0)), name='an_authorisation_is_for_points'), models.CheckConstraint(condition=models.Q(models.Q(('reference__isnull', True), ('used_at__isnull', True)), models.Q(('confirmed_at__isnull', False), ('reference__isnull', False), ('used_at__isnull', False)), _connector='OR'), name='an_authorisation_is_confirmed_before_use_for_a_reference')],
            },
        ),
        migrations.CreateModel(
            name='MerchantStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='merchants.merchant')),
                ('from_status', models.CharField(blank=True, choices=[('applied', 'applied'), ('licensed', 'licence checked'), ('contracted', 'contracted'), ('live', 'live'), ('suspended', 'suspended'), ('exiting', 'exiting'), ('closed', 'closed')], max_length=20, verbose_name='from')),
                ('to_status', models.CharField(choices=[('applied', 'applied'), ('licensed', 'licence checked'), ('contracted', 'contracted'), ('live', 'live'), ('suspended', 'suspended'), ('exiting', 'exiting'), ('closed', 'closed')], max_length=20, verbose_name='to')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('taken_at', models.DateTimeField(verbose_name='taken at')),
            ],
            options={
                'verbose_name': 'step of a merchant',
                'verbose_name_plural': 'steps of merchants',
            },
        ),
        migrations.CreateModel(
            name='PartnerCredential',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('client_id', models.CharField(db_index=True, default=oauth2_provider.generators.generate_client_id, max_length=255, unique=True, verbose_name='client ID')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='%(app_label)s_%(class)s', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('redirect_uris', models.TextField(blank=True, help_text='Allowed URIs list, space separated', verbose_name='redirect URIs')),
                ('post_logout_redirect_uris', models.TextField(blank=True, default='', help_text='Allowed Post Logout URIs list, space separated', verbose_name='post logout redirect URIs')),
                ('client_type', models.CharField(choices=[('confidential', 'Confidential'), ('public', 'Public')], max_length=32, verbose_name='client type')),
                ('authorization_grant_type', models.CharField(choices=[('authorization-code', 'Authorization code'), ('urn:ietf:params:oauth:grant-type:device_code', 'Device Code'), ('implicit', 'Implicit'), ('password', 'Resource owner password-based'), ('client-credentials', 'Client credentials'), ('openid-hybrid', 'OpenID connect hybrid')], max_length=44, verbose_name='authorization grant type')),
                ('client_secret', oauth2_provider.models.ClientSecretField(blank=True, db_index=True, default=oauth2_provider.generators.generate_client_secret, help_text='Client secret for authentication', max_length=255, verbose_name='client secret')),
                ('hash_client_secret', models.BooleanField(default=True, verbose_name='hash client secret')),
                ('name', models.CharField(blank=True, max_length=255, verbose_name='name')),
                ('skip_authorization', models.BooleanField(default=False, verbose_name='skip authorization')),
                ('created', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('algorithm', models.CharField(blank=True, choices=[('', 'No OIDC support'), ('RS256', 'RSA with SHA-2 256'), ('HS256', 'HMAC with SHA-2 256')], default='', max_length=5, verbose_name='algorithm')),
                ('allowed_origins', models.TextField(blank=True, default='', help_text='Allowed origins list to enable CORS, space separated', verbose_name='allowed origins')),
                ('registration_source', models.CharField(choices=[('manual', 'Manual'), ('dcr', 'Dynamic Client Registration'), ('cimd', 'Client ID Metadata Document')], default='manual', help_text='How this application was registered (manual, DCR per RFC 7591, or CIMD)', max_length=32, verbose_name='registration source')),
                ('cimd_expires_at', models.DateTimeField(blank=True, default=None, help_text='When the cached Client ID Metadata Document should be re-fetched', null=True, verbose_name='CIMD expires at')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to='merchants.merchant')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None, verbose_name='scopes')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
            ],
            options={
                'verbose_name': 'partner credential',
                'verbose_name_plural': 'partner credentials',
                'abstract': False,
                'constraints': [models.CheckConstraint(condition=models.Q(('authorization_grant_type', 'client-credentials'), ('client_type', 'confidential')), name='a_partner_credential_is_a_confidential_machine'), models.CheckConstraint(condition=models.Q(('hash_client_secret', True)), name='a_client_secret_is_stored_hashed')],
            },
        ),
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant')),
                ('key', models.CharField(max_length=255, verbose_name='key')),
                ('request_digest', models.BinaryField(max_length=32, verbose_name='digest of the request')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('is_new', models.BooleanField(verbose_name='was registered by it')),
            ],
            options={
                'verbose_name': 'registration',
                'verbose_name_plural': 'registrations',
                'constraints': [models.UniqueConstraint(fields=('merchant', 'key'), name='a_registration_key_is_used_once_per_merchant')],
            },
        ),
        migrations.CreateModel(
            name='Store',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stores', to='merchants.merchant')),
                ('code', models.CharField(max_length=32, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('division_code', models.CharField(blank=True, max_length=6, validators=[merchants.divisions.validate], verbose_name='administrative division')),
            ],
            options={
                'verbose_name': 'store',
                'verbose_name_plural': 'stores',
                'constraints': [models.UniqueConstraint(fields=('merchant', 'code'), name='a_store_code_is_unique_within_its_merchant'), models.CheckConstraint(condition=models.Q(('division_code', ''), ('division_code__regex', '^(11|12|13|14|15|21|22|23|31|32|33|34|35|36|37|41|42|43|44|45|46|50|51|52|53|54|61|62|63|64|65|71|81|82)[0-9]{4}$'), _connector='OR'), name='a_division_is_six_digits_of_a_province')],
            },
        ),
        migrations.CreateModel(
            name='StaffInvitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='merchants.merchant')),
                ('role', models.CharField(choices=[('owner', 'owner'), ('manager', 'manager'), ('cashier', 'cashier'), ('finance', 'finance'), ('read_only', 'read-only')], max_length=20, verbose_name='role')),
                ('code_hash', models.BinaryField(max_length=32, unique=True, verbose_name='code')),
                ('phone_index', models.BinaryField(max_length=32, null=True, verbose_name='phone index')),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('invited_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='invited at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_at', models.DateTimeField(null=True, verbose_name='accepted or withdrawn at')),
                ('stores', models.ManyToManyField(blank=True, related_name='+', to='merchants.store', verbose_name='stores')),
            ],
            options={
                'verbose_name': 'invitation of staff',
                'verbose_name_plural': 'invitations of staff',
            },
        ),
        migrations.CreateModel(
            name='Staff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staff', to='merchants.merchant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staff_places', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('owner', 'owner'), ('manager', 'manager'), ('cashier', 'cashier'), ('finance', 'finance'), ('read_only', 'read-only')], max_length=20, verbose_name='role')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('stores', models.ManyToManyField(blank=True, related_name='staff', to='merchants.store', verbose_name='stores')),
            ],
            options={
                'verbose_name': 'member of staff',
                'verbose_name_plural': 'staff',
                'constraints': [models.UniqueConstraint(fields=('merchant', 'user'), name='one_role_per_person_and_merchant')],
            },
        ),
        migrations.CreateModel(
            name='Terms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='merchants.merchant')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('text', models.TextField(verbose_name='text')),
                ('text_en', models.TextField(blank=True, verbose_name='English text')),
                ('published_at', models.DateTimeField(verbose_name='published at')),
            ],
            options={
                'verbose_name': 'membership terms',
                'verbose_name_plural': 'membership terms',
                'constraints': [models.UniqueConstraint(fields=('merchant', 'version'), name='a_version_of_terms_is_unique'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='terms_have_a_text')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('merchant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='merchants.merchant')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('member_ref', models.CharField(blank=True, max_length=64, null=True, verbose_name="the merchant's own number")),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='joined at')),
                ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='left at')),
                ('referrer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='referred by')),
                ('joined_by', models.CharField(choices=[('code', 'showing a member code at the counter'), ('own_wish', "the member's own tap"), ('registered', 'registered by the merchant'), ('imported', 'imported by the merchant')], default='own_wish', max_length=20, verbose_name='joined by')),
                ('terms', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.terms', verbose_name='terms')),
                ('consented_at', models.DateTimeField(blank=True, db_default=django.db.models.functions.datetime.Now(), null=True, verbose_name='consented at')),
            ],
            options={
                'verbose_name': 'membership',
                'verbose_name_plural': 'memberships',
                'constraints': [models.UniqueConstraint(fields=('merchant', 'member'), name='a_member_joins_a_merchant_once'), models.UniqueConstraint(fields=('merchant', 'member_ref'), name='a_member_ref_is_unique_within_its_merchant'), models.CheckConstraint(condition=models.Q(('terms__isnull', True), ('consented_at__isnull', False), _connector='OR'), name='terms_are_agreed_to_at_a_moment')],
            },
        ),
        migrations.CreateModel(
            name='MembershipStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='merchants.membership')),
                ('kind', models.CharField(choices=[('consented', 'consented'), ('left', 'left')], max_length=20, verbose_name='step')),
                ('joined_by', models.CharField(blank=True, choices=[('code', 'showing a member code at the counter'), ('own_wish', "the member's own tap"), ('registered', 'registered by the merchant'), ('imported', 'imported by the merchant')], max_length=20, verbose_name='joined by')),
                ('terms', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.terms', verbose_name='terms')),
                ('taken_at', models.DateTimeField(verbose_name='taken at')),
            ],
            options={
                'verbose_name': 'step of a membership',
                'verbose_name_plural': 'steps of memberships',
            },
        ),
        migrations.CreateModel(
            name='Transition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_status', models.CharField(max_length=20)),
                ('to_status', models.CharField(max_length=20)),
            ],
            options={
                'verbose_name': 'allowed step of a merchant',
                'verbose_name_plural': 'allowed steps of merchants',
                'constraints': [models.UniqueConstraint(fields=('from_status', 'to_status'), name='a_step_of_a_merchant_is_listed_once')],
            },
        ),
        sql_files.load("0001_initial"),
    ]
