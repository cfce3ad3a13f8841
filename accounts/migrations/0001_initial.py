import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from hongmi.lib import sql_files


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='member id')),
                ('identity', models.BinaryField(null=True, verbose_name='sealed identity')),
                ('phone_index', models.BinaryField(max_length=32, null=True, unique=True, verbose_name='phone index')),
                ('name_index', models.BinaryField(db_index=True, max_length=32, null=True, verbose_name='name index')),
                ('birth_month_day', models.PositiveSmallIntegerField(db_index=True, editable=False, null=True, verbose_name='month and day of birth')),
                ('erased_at', models.DateTimeField(editable=False, null=True, verbose_name='identity erased at')),
                ('username', models.CharField(blank=True, max_length=150, null=True, unique=True, verbose_name='sign-in name')),
                ('language', models.CharField(default='zh-hans', max_length=10, verbose_name='language')),
                ('platform_role', models.CharField(blank=True, choices=[('', 'none'), ('operator', 'operator'), ('support', 'support'), ('compliance', 'compliance'), ('regulator', 'regulator')], default='', max_length=20, verbose_name='platform role')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('is_staff', models.BooleanField(default=False, verbose_name='may open the console')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_from', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'constraints': [models.CheckConstraint(condition=models.Q(('phone_index__isnull', True), ('identity__isnull', False), _connector='OR'), name='an_indexed_phone_is_sealed_too'), models.CheckConstraint(condition=models.Q(('erased_at__isnull', True), models.Q(('birth_month_day__isnull', True), ('identity__isnull', True), ('is_active', False), ('name_index__isnull', True), ('phone_index__isnull', True)), _connector='OR'), name='an_erased_person_has_no_identity'), models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='a_person_is_not_merged_into_themself')],
            },
        ),
        migrations.CreateModel(
            name='Family',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('gift_points_per_day', models.PositiveIntegerField(blank=True, null=True, verbose_name='green points a member may give per day')),
                ('gift_points_per_year', models.PositiveIntegerField(blank=True, null=True, verbose_name='green points a member may give per year')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'family',
                'verbose_name_plural': 'families',
            },
        ),
        migrations.CreateModel(
            name='WrappedKey',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='wrapped_key', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('wrapped', models.BinaryField(verbose_name='wrapped key')),
            ],
            options={
                'verbose_name': 'data key',
                'verbose_name_plural': 'data keys',
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cards', to=settings.AUTH_USER_MODEL)),
                ('number', models.CharField(max_length=16, unique=True, verbose_name='number')),
                ('pin_hash', models.CharField(blank=True, max_length=128, verbose_name='PIN')),
                ('failed_attempts', models.PositiveSmallIntegerField(default=0, verbose_name='wrong PINs in a row')),
                ('issued_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='issued at')),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='issued by')),
                ('issued_for', models.CharField(blank=True, max_length=100, verbose_name='issued for the shop')),
                ('blocked_at', models.DateTimeField(blank=True, null=True, verbose_name='blocked at')),
                ('blocked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='blocked by')),
                ('blocked_for', models.CharField(blank=True, max_length=100, verbose_name='blocked for the shop')),
            ],
            options={
                'verbose_name': 'card',
                'verbose_name_plural': 'cards',
                'constraints': [models.UniqueConstraint(condition=models.Q(('blocked_at__isnull', True)), fields=('member',), name='a_member_has_one_open_card')],
            },
        ),
        migrations.CreateModel(
            name='Challenge',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('sign_in', 'sign in'), ('old_phone', 'confirm the present number'), ('new_phone', 'confirm the new number'), ('confirm', 'confirm that it is still you'), ('moved_phone', 'confirm to support the number to move to')], max_length=20, verbose_name='purpose')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('phone', models.BinaryField(verbose_name='sealed phone')),
                ('code_hash', models.BinaryField(max_length=32, verbose_name='code')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('expires_at', models.DateTimeField(db_index=True, verbose_name='expires at')),
                ('passed_at', models.DateTimeField(null=True, verbose_name='passed at')),
            ],
            options={
                'verbose_name': 'SMS code',
                'verbose_name_plural': 'SMS codes',
            },
        ),
        migrations.CreateModel(
            name='Closure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closures', to=settings.AUTH_USER_MODEL)),
                ('requested_at', models.DateTimeField(verbose_name='requested at')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled at')),
                ('erased_at', models.DateTimeField(blank=True, null=True, verbose_name='erased at')),
            ],
            options={
                'verbose_name': 'account closure',
                'verbose_name_plural': 'account closures',
                'constraints': [models.UniqueConstraint(condition=models.Q(('cancelled_at__isnull', True), ('erased_at__isnull', True)), fields=('person',), name='one_open_closure_per_person'), models.CheckConstraint(condition=models.Q(('cancelled_at__isnull', True), ('erased_at__isnull', True), _connector='OR'), name='a_cancelled_closure_is_not_erased')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to=settings.AUTH_USER_MODEL)),
                ('purpose', models.CharField(choices=[('programme', 'taking part in the programme'), ('marketing', 'offers and news'), ('personalisation', 'offers chosen for me')], max_length=20, verbose_name='purpose')),
                ('channel', models.CharField(blank=True, choices=[('', 'any'), ('sms', 'SMS'), ('push', 'app notice'), ('inbox', 'inbox')], default='', max_length=10, verbose_name='channel')),
                ('is_given', models.BooleanField(verbose_name='given')),
                ('text_version', models.CharField(max_length=32, verbose_name='version of the text')),
                ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('answered_at', models.DateTimeField(verbose_name='answered at')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'indexes': [models.Index(fields=['person', 'purpose', 'channel', '-id'], name='consent_newest_first')],
            },
        ),
        migrations.CreateModel(
            name='FamilyInvitation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('family', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='accounts.family')),
                ('invited_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('head', 'head'), ('adult', 'adult'), ('child', 'child')], default='adult', max_length=10, verbose_name='role')),
                ('token_hash', models.BinaryField(max_length=32, unique=True, verbose_name='code')),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='family_invitations', to=settings.AUTH_USER_MODEL)),
                ('phone_index', models.BinaryField(max_length=32, null=True, verbose_name='phone index')),
                ('invited_at', models.DateTimeField(verbose_name='invited at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered at')),
                ('is_accepted', models.BooleanField(default=False, verbose_name='accepted')),
            ],
            options={
                'verbose_name': 'family invitation',
                'verbose_name_plural': 'family invitations',
                'indexes': [models.Index(condition=models.Q(('answered_at__isnull', True)), fields=['phone_index'], name='open_invitation_by_phone')],
                'constraints': [models.CheckConstraint(condition=models.Q(('is_accepted', False), ('answered_at__lt', models.F('expires_at')), _connector='OR'), name='an_invitation_is_accepted_in_time'), models.CheckConstraint(condition=models.Q(('role', 'head'), _negated=True), name='nobody_is_invited_as_head')],
            },
        ),
        migrations.CreateModel(
            name='FamilyMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('family', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='accounts.family')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='family_places', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('head', 'head'), ('adult', 'adult'), ('child', 'child')], default='adult', max_length=10, verbose_name='role')),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='joined at')),
                ('left_at', models.DateTimeField(blank=True, null=True, verbose_name='left at')),
            ],
            options={
                'verbose_name': 'family member',
                'verbose_name_plural': 'family members',
                'constraints': [models.UniqueConstraint(condition=models.Q(('left_at__isnull', True)), fields=('member',), name='one_family_per_person_at_a_time'), models.UniqueConstraint(condition=models.Q(('left_at__isnull', True), ('role', 'head')), fields=('family',), name='a_family_has_one_head')],
            },
        ),
        migrations.CreateModel(
            name='Guardianship',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guardianships', to=settings.AUTH_USER_MODEL)),
                ('guardian', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='wards', to=settings.AUTH_USER_MODEL)),
                ('token_hash', models.BinaryField(max_length=32, unique=True, verbose_name='code')),
                ('requested_at', models.DateTimeField(verbose_name='requested at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('agreed_at', models.DateTimeField(blank=True, null=True, verbose_name='agreed at')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn at')),
            ],
            options={
                'verbose_name': 'guardianship',
                'verbose_name_plural': 'guardianships',
                'constraints': [models.CheckConstraint(condition=models.Q(('guardian', models.F('child')), _negated=True), name='nobody_is_their_own_guardian'), models.CheckConstraint(condition=models.Q(('agreed_at__isnull', True), ('guardian__isnull', False), _connector='OR'), name='an_agreed_guardianship_has_a_guardian')],
            },
        ),
        migrations.CreateModel(
            name='MemberMerge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('duplicate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to=settings.AUTH_USER_MODEL, verbose_name='duplicate')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges_received', to=settings.AUTH_USER_MODEL, verbose_name='survivor')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='stopped at')),
            ],
            options={
                'verbose_name': 'merge of accounts',
                'verbose_name_plural': 'merges of accounts',
                'constraints': [models.UniqueConstraint(condition=models.Q(('stopped_at__isnull', True)), fields=('duplicate',), name='a_duplicate_is_merged_once'), models.CheckConstraint(condition=models.Q(('duplicate', models.F('survivor')), _negated=True), name='nobody_is_merged_into_themself'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='a_merge_has_a_reason'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='a_merge_is_approved_by_another_person'), models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by__isnull', True)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), ('stopped_at__isnull', True)), _connector='OR'), name='an_approved_merge_has_a_time_and_is_not_stopped')],
            },
        ),
        migrations.CreateModel(
            name='PastPhone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_phones', to=settings.AUTH_USER_MODEL)),
                ('phone_index', models.BinaryField(max_length=32, verbose_name='phone index')),
                ('mark', models.BinaryField(db_index=True, max_length=32, verbose_name='mark for tombstones')),
                ('given_up_at', models.DateTimeField(verbose_name='given up at')),
            ],
            options={
                'verbose_name': 'past phone',
                'verbose_name_plural': 'past phones',
                'indexes': [models.Index(fields=['phone_index'], name='past_phone_by_index')],
                'constraints': [models.UniqueConstraint(fields=('person', 'phone_index'), name='a_past_phone_is_stored_once')],
            },
        ),
        migrations.CreateModel(
            name='Pet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pets', to=settings.AUTH_USER_MODEL)),
                ('sealed', models.BinaryField(verbose_name='sealed name and birthday')),
                ('birth_month_day', models.PositiveSmallIntegerField(db_index=True, editable=False, verbose_name='month and day of birth')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'pet',
                'verbose_name_plural': 'pets',
            },
        ),
        migrations.CreateModel(
            name='PhoneMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='phone_moves', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('phone', models.BinaryField(null=True, verbose_name='sealed phone')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='happens by itself at')),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='stopped at')),
            ],
            options={
                'verbose_name': 'move to another number',
                'verbose_name_plural': 'moves to another number',
                'constraints': [models.UniqueConstraint(condition=models.Q(('done_at__isnull', True), ('stopped_at__isnull', True)), fields=('person',), name='one_open_phone_move_per_person'), models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='a_phone_move_is_approved_by_another_person'), models.CheckConstraint(condition=models.Q(('done_at__isnull', True), ('approved_by__isnull', False), models.Q(('done_at__gte', models.F('due_at')), ('due_at__isnull', False)), _connector='OR'), name='a_phone_move_is_approved_or_waited_for'), models.CheckConstraint(condition=models.Q(('done_at__isnull', True), ('stopped_at__isnull', True), _connector='OR'), name='a_phone_move_is_done_or_stopped')],
            },
        ),
        migrations.CreateModel(
            name='PhoneUnmasking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='unmaskings', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('seen_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='seen by')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('seen_at', models.DateTimeField(verbose_name='seen at')),
            ],
            options={
                'verbose_name': 'unmasked number',
                'verbose_name_plural': 'unmasked numbers',
                'indexes': [models.Index(fields=['person', '-id'], name='unmasking_newest_first')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='an_unmasking_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.BinaryField(max_length=32, verbose_name='mark')),
                ('fact', models.CharField(max_length=128, verbose_name='used up')),
            ],
            options={
                'verbose_name': 'tombstone',
                'verbose_name_plural': 'tombstones',
                'constraints': [models.UniqueConstraint(fields=('mark', 'fact'), name='a_fact_is_stored_once_per_mark')],
            },
        ),
        sql_files.load("0001_initial"),
    ]
