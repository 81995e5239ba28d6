
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'apikey' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'apikey'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'apikey' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make a database')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make a key and hand over its secret, once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List keys')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about a key but its secret')
            [CompletionResult]::new('activate', 'activate', [CompletionResultType]::ParameterValue, 'Activate keys that were deactivated')
            [CompletionResult]::new('deactivate', 'deactivate', [CompletionResultType]::ParameterValue, 'Deactivate keys: verify refuses them until they are activated')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a key')
            [CompletionResult]::new('set-groups', 'set-groups', [CompletionResultType]::ParameterValue, 'Put a key in other groups')
            [CompletionResult]::new('set-description', 'set-description', [CompletionResultType]::ParameterValue, 'Say what a key is for')
            [CompletionResult]::new('set-owner', 'set-owner', [CompletionResultType]::ParameterValue, 'Give a key to a user, or to nobody')
            [CompletionResult]::new('set-app', 'set-app', [CompletionResultType]::ParameterValue, 'Say which application a key is for')
            [CompletionResult]::new('set-expiry', 'set-expiry', [CompletionResultType]::ParameterValue, 'Say when a key expires')
            [CompletionResult]::new('set-permissions', 'set-permissions', [CompletionResultType]::ParameterValue, 'Say what a key may do beside what its groups allow')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete keys for good')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Decide whether a secret may be used')
            [CompletionResult]::new('group', 'group', [CompletionResultType]::ParameterValue, 'Make, list, change and delete groups')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Register, list, change and delete users, who own keys')
            [CompletionResult]::new('shared-secret', 'shared-secret', [CompletionResultType]::ParameterValue, 'Keep a secret that is shared with an integration, and sign with it')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a script that completes commands and options')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apikey;init' {
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'What every secret begins with: 2 to 10 lower-case letters and digits')
            [CompletionResult]::new('--argon2', '--argon2', [CompletionResultType]::ParameterName, 'What the hash of every key made from then on costs')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;create' {
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'A group the key is in; may be repeated')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'A group the key is in; may be repeated')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'What the key is for')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'What the key is for')
            [CompletionResult]::new('--owner', '--owner', [CompletionResultType]::ParameterName, 'The user the key belongs to: it may never do more than that one may')
            [CompletionResult]::new('--app', '--app', [CompletionResultType]::ParameterName, 'The application the key is for')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'What the key may do beside what its groups allow: ACTION or ACTION@RESOURCE; may be repeated')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'When the key expires: in 30m, 12h, 90d or 2w; at 2027-01-31 (its start in UTC) or an RFC 3339 instant; or never')
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'Write the secret to this new file (in a directory: NAME.APIKEY) instead of stdout')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;list' {
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Keys with this status')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'Keys in this group')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'Keys in this group')
            [CompletionResult]::new('--owner', '--owner', [CompletionResultType]::ParameterName, 'Keys of this user')
            [CompletionResult]::new('--app', '--app', [CompletionResultType]::ParameterName, 'Keys for this application')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Keys not used for that long (12h, 90d, 2w), counted from the creation of one never used')
            [CompletionResult]::new('--expires-within', '--expires-within', [CompletionResultType]::ParameterName, 'Keys that will expire within that time (12h, 90d, 2w)')
            [CompletionResult]::new('--search', '--search', [CompletionResultType]::ParameterName, 'Keys whose name or description holds this, case aside')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by this field instead of by name')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most that many')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--never-used', '--never-used', [CompletionResultType]::ParameterName, 'Keys never used')
            [CompletionResult]::new('--reverse', '--reverse', [CompletionResultType]::ParameterName, 'Last first')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;activate' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;deactivate' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;rename' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;set-groups' {
            [CompletionResult]::new('--add', '--add', [CompletionResultType]::ParameterName, 'A group it is in, too; may be repeated')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'A group it is no longer in; may be repeated')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;set-description' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;set-owner' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--none', '--none', [CompletionResultType]::ParameterName, 'To nobody: then its own groups and permissions alone decide')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;set-app' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--none', '--none', [CompletionResultType]::ParameterName, 'For none: `verify --app` refuses it then')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;set-expiry' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;set-permissions' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--none', '--none', [CompletionResultType]::ParameterName, 'None of its own')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;delete' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;verify' {
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'A group the key must be in; of a repeated one, in every one')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'A group the key must be in; of a repeated one, in every one')
            [CompletionResult]::new('--can', '--can', [CompletionResultType]::ParameterName, 'What the key must be allowed to do: words of a-z, 0-9 and ''-'' joined by '':''')
            [CompletionResult]::new('--on', '--on', [CompletionResultType]::ParameterName, 'To what; without it, to every resource')
            [CompletionResult]::new('--app', '--app', [CompletionResultType]::ParameterName, 'The application the key must be for; a key for none is refused then')
            [CompletionResult]::new('--min-remaining', '--min-remaining', [CompletionResultType]::ParameterName, 'How long the key must be valid yet: 12h, 90d, 2w')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'Read the secret from this file instead of stdin')
            [CompletionResult]::new('--key-env', '--key-env', [CompletionResultType]::ParameterName, 'Read the secret from this environment variable instead of stdin')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--no-record', '--no-record', [CompletionResultType]::ParameterName, 'Don''t record the use')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;group' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make a group')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List groups')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a group')
            [CompletionResult]::new('set-permissions', 'set-permissions', [CompletionResultType]::ParameterValue, 'Say what a group allows')
            [CompletionResult]::new('set-description', 'set-description', [CompletionResultType]::ParameterValue, 'Say what a group is for')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a group; its keys stay in it')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a group that no key and no user is in')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apikey;group;create' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'What the group is for')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'What the group is for')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'What the group allows: ACTION or ACTION@RESOURCE; may be repeated')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;group;list' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;group;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;group;set-permissions' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--none', '--none', [CompletionResultType]::ParameterName, 'None')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;group;set-description' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;group;rename' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;group;delete' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;group;help' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make a group')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List groups')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a group')
            [CompletionResult]::new('set-permissions', 'set-permissions', [CompletionResultType]::ParameterValue, 'Say what a group allows')
            [CompletionResult]::new('set-description', 'set-description', [CompletionResultType]::ParameterValue, 'Say what a group is for')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a group; its keys stay in it')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a group that no key and no user is in')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apikey;group;help;create' {
            break
        }
        'apikey;group;help;list' {
            break
        }
        'apikey;group;help;show' {
            break
        }
        'apikey;group;help;set-permissions' {
            break
        }
        'apikey;group;help;set-description' {
            break
        }
        'apikey;group;help;rename' {
            break
        }
        'apikey;group;help;delete' {
            break
        }
        'apikey;group;help;help' {
            break
        }
        'apikey;user' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Register a user')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List users')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a user')
            [CompletionResult]::new('activate', 'activate', [CompletionResultType]::ParameterValue, 'Activate users that were deactivated, and with them their keys')
            [CompletionResult]::new('deactivate', 'deactivate', [CompletionResultType]::ParameterValue, 'Deactivate users: verify refuses all their keys until they are activated')
            [CompletionResult]::new('set-groups', 'set-groups', [CompletionResultType]::ParameterValue, 'Put a user in other groups')
            [CompletionResult]::new('set-expiry', 'set-expiry', [CompletionResultType]::ParameterValue, 'Say when a user and its keys stop')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a user; its keys stay its own')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a user that owns no key')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apikey;user;add' {
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'A group the user is in; may be repeated')
            [CompletionResult]::new('--group', '--group', [CompletionResultType]::ParameterName, 'A group the user is in; may be repeated')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Who or what the user is')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'Who or what the user is')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'When the user and its keys stop: in 90d, at 2027-01-31, or never')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;user;list' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;user;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;user;activate' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;user;deactivate' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;user;set-groups' {
            [CompletionResult]::new('--add', '--add', [CompletionResultType]::ParameterName, 'A group it is in, too; may be repeated')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'A group it is no longer in; may be repeated')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--none', '--none', [CompletionResultType]::ParameterName, 'In no group')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;user;set-expiry' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;user;rename' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;user;delete' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;user;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Register a user')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List users')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a user')
            [CompletionResult]::new('activate', 'activate', [CompletionResultType]::ParameterValue, 'Activate users that were deactivated, and with them their keys')
            [CompletionResult]::new('deactivate', 'deactivate', [CompletionResultType]::ParameterValue, 'Deactivate users: verify refuses all their keys until they are activated')
            [CompletionResult]::new('set-groups', 'set-groups', [CompletionResultType]::ParameterValue, 'Put a user in other groups')
            [CompletionResult]::new('set-expiry', 'set-expiry', [CompletionResultType]::ParameterValue, 'Say when a user and its keys stop')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a user; its keys stay its own')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a user that owns no key')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apikey;user;help;add' {
            break
        }
        'apikey;user;help;list' {
            break
        }
        'apikey;user;help;show' {
            break
        }
        'apikey;user;help;activate' {
            break
        }
        'apikey;user;help;deactivate' {
            break
        }
        'apikey;user;help;set-groups' {
            break
        }
        'apikey;user;help;set-expiry' {
            break
        }
        'apikey;user;help;rename' {
            break
        }
        'apikey;user;help;delete' {
            break
        }
        'apikey;user;help;help' {
            break
        }
        'apikey;shared-secret' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make the shared secret, and print it')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print the shared secret')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Make a new shared secret in its place, and print it')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete the shared secret, and the previous one')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign what is on stdin')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check the signature of what is on stdin')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apikey;shared-secret;create' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;shared-secret;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;shared-secret;rotate' {
            [CompletionResult]::new('--overlap', '--overlap', [CompletionResultType]::ParameterName, 'How long `check` still takes the previous one: 12h, 7d [default: not at all]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;shared-secret;delete' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;shared-secret;sign' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;shared-secret;check' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;shared-secret;help' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make the shared secret, and print it')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print the shared secret')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Make a new shared secret in its place, and print it')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete the shared secret, and the previous one')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign what is on stdin')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check the signature of what is on stdin')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apikey;shared-secret;help;create' {
            break
        }
        'apikey;shared-secret;help;show' {
            break
        }
        'apikey;shared-secret;help;rotate' {
            break
        }
        'apikey;shared-secret;help;delete' {
            break
        }
        'apikey;shared-secret;help;sign' {
            break
        }
        'apikey;shared-secret;help;check' {
            break
        }
        'apikey;shared-secret;help;help' {
            break
        }
        'apikey;completions' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'The database [env: APIKEY_DB] [default: keys.db in the data directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How data is printed; csv and jsonl are for listings')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Short for --format json')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print no notes on stderr')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; what lacks an answer fails')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Answer yes to the question whether to destroy')
            [CompletionResult]::new('--wide', '--wide', [CompletionResultType]::ParameterName, 'Show every column, and instants instead of relative times')
            [CompletionResult]::new('--utc', '--utc', [CompletionResultType]::ParameterName, 'Show times as instants in UTC')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'apikey;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Make a database')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make a key and hand over its secret, once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List keys')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about a key but its secret')
            [CompletionResult]::new('activate', 'activate', [CompletionResultType]::ParameterValue, 'Activate keys that were deactivated')
            [CompletionResult]::new('deactivate', 'deactivate', [CompletionResultType]::ParameterValue, 'Deactivate keys: verify refuses them until they are activated')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a key')
            [CompletionResult]::new('set-groups', 'set-groups', [CompletionResultType]::ParameterValue, 'Put a key in other groups')
            [CompletionResult]::new('set-description', 'set-description', [CompletionResultType]::ParameterValue, 'Say what a key is for')
            [CompletionResult]::new('set-owner', 'set-owner', [CompletionResultType]::ParameterValue, 'Give a key to a user, or to nobody')
            [CompletionResult]::new('set-app', 'set-app', [CompletionResultType]::ParameterValue, 'Say which application a key is for')
            [CompletionResult]::new('set-expiry', 'set-expiry', [CompletionResultType]::ParameterValue, 'Say when a key expires')
            [CompletionResult]::new('set-permissions', 'set-permissions', [CompletionResultType]::ParameterValue, 'Say what a key may do beside what its groups allow')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete keys for good')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Decide whether a secret may be used')
            [CompletionResult]::new('group', 'group', [CompletionResultType]::ParameterValue, 'Make, list, change and delete groups')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Register, list, change and delete users, who own keys')
            [CompletionResult]::new('shared-secret', 'shared-secret', [CompletionResultType]::ParameterValue, 'Keep a secret that is shared with an integration, and sign with it')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a script that completes commands and options')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apikey;help;init' {
            break
        }
        'apikey;help;create' {
            break
        }
        'apikey;help;list' {
            break
        }
        'apikey;help;show' {
            break
        }
        'apikey;help;activate' {
            break
        }
        'apikey;help;deactivate' {
            break
        }
        'apikey;help;rename' {
            break
        }
        'apikey;help;set-groups' {
            break
        }
        'apikey;help;set-description' {
            break
        }
        'apikey;help;set-owner' {
            break
        }
        'apikey;help;set-app' {
            break
        }
        'apikey;help;set-expiry' {
            break
        }
        'apikey;help;set-permissions' {
            break
        }
        'apikey;help;delete' {
            break
        }
        'apikey;help;verify' {
            break
        }
        'apikey;help;group' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make a group')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List groups')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a group')
            [CompletionResult]::new('set-permissions', 'set-permissions', [CompletionResultType]::ParameterValue, 'Say what a group allows')
            [CompletionResult]::new('set-description', 'set-description', [CompletionResultType]::ParameterValue, 'Say what a group is for')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a group; its keys stay in it')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a group that no key and no user is in')
            break
        }
        'apikey;help;group;create' {
            break
        }
        'apikey;help;group;list' {
            break
        }
        'apikey;help;group;show' {
            break
        }
        'apikey;help;group;set-permissions' {
            break
        }
        'apikey;help;group;set-description' {
            break
        }
        'apikey;help;group;rename' {
            break
        }
        'apikey;help;group;delete' {
            break
        }
        'apikey;help;user' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Register a user')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List users')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a user')
            [CompletionResult]::new('activate', 'activate', [CompletionResultType]::ParameterValue, 'Activate users that were deactivated, and with them their keys')
            [CompletionResult]::new('deactivate', 'deactivate', [CompletionResultType]::ParameterValue, 'Deactivate users: verify refuses all their keys until they are activated')
            [CompletionResult]::new('set-groups', 'set-groups', [CompletionResultType]::ParameterValue, 'Put a user in other groups')
            [CompletionResult]::new('set-expiry', 'set-expiry', [CompletionResultType]::ParameterValue, 'Say when a user and its keys stop')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a user; its keys stay its own')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a user that owns no key')
            break
        }
        'apikey;help;user;add' {
            break
        }
        'apikey;help;user;list' {
            break
        }
        'apikey;help;user;show' {
            break
        }
        'apikey;help;user;activate' {
            break
        }
        'apikey;help;user;deactivate' {
            break
        }
        'apikey;help;user;set-groups' {
            break
        }
        'apikey;help;user;set-expiry' {
            break
        }
        'apikey;help;user;rename' {
            break
        }
        'apikey;help;user;delete' {
            break
        }
        'apikey;help;shared-secret' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make the shared secret, and print it')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Print the shared secret')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Make a new shared secret in its place, and print it')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete the shared secret, and the previous one')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign what is on stdin')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check the signature of what is on stdin')
            break
        }
        'apikey;help;shared-secret;create' {
            break
        }
        'apikey;help;shared-secret;show' {
            break
        }
        'apikey;help;shared-secret;rotate' {
            break
        }
        'apikey;help;shared-secret;delete' {
            break
        }
        'apikey;help;shared-secret;sign' {
            break
        }
        'apikey;help;shared-secret;check' {
            break
        }
        'apikey;help;completions' {
            break
        }
        'apikey;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
