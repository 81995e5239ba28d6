
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
            [CompletionResult]::new('set-app', 'set-app', [CompletionResultType]::ParameterValue, 'Say which application a key is for')
            [CompletionResult]::new('set-expiry', 'set-expiry', [CompletionResultType]::ParameterValue, 'Say when a key expires')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete keys for good')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Decide whether a secret may be used')
            [CompletionResult]::new('group', 'group', [CompletionResultType]::ParameterValue, 'Make, list, change and delete groups')
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
            [CompletionResult]::new('--app', '--app', [CompletionResultType]::ParameterName, 'The application the key is for')
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
            [CompletionResult]::new('set-description', 'set-description', [CompletionResultType]::ParameterValue, 'Say what a group is for')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a group; its keys stay in it')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a group that no key is in')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'apikey;group;create' {
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'What the group is for')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'What the group is for')
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
            [CompletionResult]::new('set-description', 'set-description', [CompletionResultType]::ParameterValue, 'Say what a group is for')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a group; its keys stay in it')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a group that no key is in')
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
            [CompletionResult]::new('set-app', 'set-app', [CompletionResultType]::ParameterValue, 'Say which application a key is for')
            [CompletionResult]::new('set-expiry', 'set-expiry', [CompletionResultType]::ParameterValue, 'Say when a key expires')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete keys for good')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Decide whether a secret may be used')
            [CompletionResult]::new('group', 'group', [CompletionResultType]::ParameterValue, 'Make, list, change and delete groups')
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
        'apikey;help;set-app' {
            break
        }
        'apikey;help;set-expiry' {
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
            [CompletionResult]::new('set-description', 'set-description', [CompletionResultType]::ParameterValue, 'Say what a group is for')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Rename a group; its keys stay in it')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a group that no key is in')
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
        'apikey;help;group;set-description' {
            break
        }
        'apikey;help;group;rename' {
            break
        }
        'apikey;help;group;delete' {
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
