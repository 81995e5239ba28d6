
use builtin;
use str;

set edit:completion:arg-completer[apikey] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'apikey'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'apikey'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand init 'Make a database'
            cand create 'Make a key and hand over its secret, once'
            cand list 'List keys'
            cand show 'Show everything about a key but its secret'
            cand activate 'Activate keys that were deactivated'
            cand deactivate 'Deactivate keys: verify refuses them until they are activated'
            cand rename 'Rename a key'
            cand set-groups 'Put a key in other groups'
            cand set-description 'Say what a key is for'
            cand set-app 'Say which application a key is for'
            cand set-expiry 'Say when a key expires'
            cand delete 'Delete keys for good'
            cand verify 'Decide whether a secret may be used'
            cand group 'Make, list, change and delete groups'
            cand completions 'Print a script that completes commands and options'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;init'= {
            cand --prefix 'What every secret begins with: 2 to 10 lower-case letters and digits'
            cand --argon2 'What the hash of every key made from then on costs'
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;create'= {
            cand -g 'A group the key is in; may be repeated'
            cand --group 'A group the key is in; may be repeated'
            cand -d 'What the key is for'
            cand --description 'What the key is for'
            cand --app 'The application the key is for'
            cand --expires 'When the key expires: in 30m, 12h, 90d or 2w; at 2027-01-31 (its start in UTC) or an RFC 3339 instant; or never'
            cand --export 'Write the secret to this new file (in a directory: NAME.APIKEY) instead of stdout'
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;list'= {
            cand --status 'Keys with this status'
            cand -g 'Keys in this group'
            cand --group 'Keys in this group'
            cand --app 'Keys for this application'
            cand --unused-for 'Keys not used for that long (12h, 90d, 2w), counted from the creation of one never used'
            cand --expires-within 'Keys that will expire within that time (12h, 90d, 2w)'
            cand --search 'Keys whose name or description holds this, case aside'
            cand --sort 'Sort by this field instead of by name'
            cand --limit 'At most that many'
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --never-used 'Keys never used'
            cand --reverse 'Last first'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;show'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;activate'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;deactivate'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;rename'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;set-groups'= {
            cand --add 'A group it is in, too; may be repeated'
            cand --remove 'A group it is no longer in; may be repeated'
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;set-description'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;set-app'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --none 'For none: `verify --app` refuses it then'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;set-expiry'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;delete'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;verify'= {
            cand -g 'A group the key must be in; of a repeated one, in every one'
            cand --group 'A group the key must be in; of a repeated one, in every one'
            cand --app 'The application the key must be for; a key for none is refused then'
            cand --min-remaining 'How long the key must be valid yet: 12h, 90d, 2w'
            cand --key-file 'Read the secret from this file instead of stdin'
            cand --key-env 'Read the secret from this environment variable instead of stdin'
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --no-record 'Don''t record the use'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;group'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand create 'Make a group'
            cand list 'List groups'
            cand show 'Show a group'
            cand set-description 'Say what a group is for'
            cand rename 'Rename a group; its keys stay in it'
            cand delete 'Delete a group that no key is in'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;group;create'= {
            cand -d 'What the group is for'
            cand --description 'What the group is for'
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;group;list'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;group;show'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;group;set-description'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;group;rename'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;group;delete'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;group;help'= {
            cand create 'Make a group'
            cand list 'List groups'
            cand show 'Show a group'
            cand set-description 'Say what a group is for'
            cand rename 'Rename a group; its keys stay in it'
            cand delete 'Delete a group that no key is in'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;group;help;create'= {
        }
        &'apikey;group;help;list'= {
        }
        &'apikey;group;help;show'= {
        }
        &'apikey;group;help;set-description'= {
        }
        &'apikey;group;help;rename'= {
        }
        &'apikey;group;help;delete'= {
        }
        &'apikey;group;help;help'= {
        }
        &'apikey;completions'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --json 'Short for --format json'
            cand -q 'Print no notes on stderr'
            cand --quiet 'Print no notes on stderr'
            cand --no-input 'Never ask; what lacks an answer fails'
            cand -y 'Answer yes to the question whether to destroy'
            cand --yes 'Answer yes to the question whether to destroy'
            cand --wide 'Show every column, and instants instead of relative times'
            cand --utc 'Show times as instants in UTC'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'apikey;help'= {
            cand init 'Make a database'
            cand create 'Make a key and hand over its secret, once'
            cand list 'List keys'
            cand show 'Show everything about a key but its secret'
            cand activate 'Activate keys that were deactivated'
            cand deactivate 'Deactivate keys: verify refuses them until they are activated'
            cand rename 'Rename a key'
            cand set-groups 'Put a key in other groups'
            cand set-description 'Say what a key is for'
            cand set-app 'Say which application a key is for'
            cand set-expiry 'Say when a key expires'
            cand delete 'Delete keys for good'
            cand verify 'Decide whether a secret may be used'
            cand group 'Make, list, change and delete groups'
            cand completions 'Print a script that completes commands and options'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;help;init'= {
        }
        &'apikey;help;create'= {
        }
        &'apikey;help;list'= {
        }
        &'apikey;help;show'= {
        }
        &'apikey;help;activate'= {
        }
        &'apikey;help;deactivate'= {
        }
        &'apikey;help;rename'= {
        }
        &'apikey;help;set-groups'= {
        }
        &'apikey;help;set-description'= {
        }
        &'apikey;help;set-app'= {
        }
        &'apikey;help;set-expiry'= {
        }
        &'apikey;help;delete'= {
        }
        &'apikey;help;verify'= {
        }
        &'apikey;help;group'= {
            cand create 'Make a group'
            cand list 'List groups'
            cand show 'Show a group'
            cand set-description 'Say what a group is for'
            cand rename 'Rename a group; its keys stay in it'
            cand delete 'Delete a group that no key is in'
        }
        &'apikey;help;group;create'= {
        }
        &'apikey;help;group;list'= {
        }
        &'apikey;help;group;show'= {
        }
        &'apikey;help;group;set-description'= {
        }
        &'apikey;help;group;rename'= {
        }
        &'apikey;help;group;delete'= {
        }
        &'apikey;help;completions'= {
        }
        &'apikey;help;help'= {
        }
    ]
    $completions[$command]
}
