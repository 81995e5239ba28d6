
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
            cand set-owner 'Give a key to a user, or to nobody'
            cand set-app 'Say which application a key is for'
            cand set-expiry 'Say when a key expires'
            cand set-permissions 'Say what a key may do beside what its groups allow'
            cand delete 'Delete keys for good'
            cand verify 'Decide whether a secret may be used'
            cand group 'Make, list, change and delete groups'
            cand user 'Register, list, change and delete users, who own keys'
            cand shared-secret 'Keep a secret that is shared with an integration, and sign with it'
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
            cand --owner 'The user the key belongs to: it may never do more than that one may'
            cand --app 'The application the key is for'
            cand --allow 'What the key may do beside what its groups allow: ACTION or ACTION@RESOURCE; may be repeated'
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
            cand --owner 'Keys of this user'
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
        &'apikey;set-owner'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --none 'To nobody: then its own groups and permissions alone decide'
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
        &'apikey;set-permissions'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --none 'None of its own'
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
            cand --can 'What the key must be allowed to do: words of a-z, 0-9 and ''-'' joined by '':'''
            cand --on 'To what; without it, to every resource'
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
            cand set-permissions 'Say what a group allows'
            cand set-description 'Say what a group is for'
            cand rename 'Rename a group; its keys stay in it'
            cand delete 'Delete a group that no key and no user is in'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;group;create'= {
            cand -d 'What the group is for'
            cand --description 'What the group is for'
            cand --allow 'What the group allows: ACTION or ACTION@RESOURCE; may be repeated'
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
        &'apikey;group;set-permissions'= {
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --none 'None'
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
            cand set-permissions 'Say what a group allows'
            cand set-description 'Say what a group is for'
            cand rename 'Rename a group; its keys stay in it'
            cand delete 'Delete a group that no key and no user is in'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;group;help;create'= {
        }
        &'apikey;group;help;list'= {
        }
        &'apikey;group;help;show'= {
        }
        &'apikey;group;help;set-permissions'= {
        }
        &'apikey;group;help;set-description'= {
        }
        &'apikey;group;help;rename'= {
        }
        &'apikey;group;help;delete'= {
        }
        &'apikey;group;help;help'= {
        }
        &'apikey;user'= {
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
            cand add 'Register a user'
            cand list 'List users'
            cand show 'Show a user'
            cand activate 'Activate users that were deactivated, and with them their keys'
            cand deactivate 'Deactivate users: verify refuses all their keys until they are activated'
            cand set-groups 'Put a user in other groups'
            cand set-expiry 'Say when a user and its keys stop'
            cand rename 'Rename a user; its keys stay its own'
            cand delete 'Delete a user that owns no key'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;user;add'= {
            cand -g 'A group the user is in; may be repeated'
            cand --group 'A group the user is in; may be repeated'
            cand -d 'Who or what the user is'
            cand --description 'Who or what the user is'
            cand --expires 'When the user and its keys stop: in 90d, at 2027-01-31, or never'
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
        &'apikey;user;list'= {
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
        &'apikey;user;show'= {
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
        &'apikey;user;activate'= {
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
        &'apikey;user;deactivate'= {
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
        &'apikey;user;set-groups'= {
            cand --add 'A group it is in, too; may be repeated'
            cand --remove 'A group it is no longer in; may be repeated'
            cand --db 'The database [env: APIKEY_DB] [default: keys.db in the data directory]'
            cand --format 'How data is printed; csv and jsonl are for listings'
            cand --color 'When to use colour'
            cand --none 'In no group'
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
        &'apikey;user;set-expiry'= {
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
        &'apikey;user;rename'= {
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
        &'apikey;user;delete'= {
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
        &'apikey;user;help'= {
            cand add 'Register a user'
            cand list 'List users'
            cand show 'Show a user'
            cand activate 'Activate users that were deactivated, and with them their keys'
            cand deactivate 'Deactivate users: verify refuses all their keys until they are activated'
            cand set-groups 'Put a user in other groups'
            cand set-expiry 'Say when a user and its keys stop'
            cand rename 'Rename a user; its keys stay its own'
            cand delete 'Delete a user that owns no key'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;user;help;add'= {
        }
        &'apikey;user;help;list'= {
        }
        &'apikey;user;help;show'= {
        }
        &'apikey;user;help;activate'= {
        }
        &'apikey;user;help;deactivate'= {
        }
        &'apikey;user;help;set-groups'= {
        }
        &'apikey;user;help;set-expiry'= {
        }
        &'apikey;user;help;rename'= {
        }
        &'apikey;user;help;delete'= {
        }
        &'apikey;user;help;help'= {
        }
        &'apikey;shared-secret'= {
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
            cand create 'Make the shared secret, and print it'
            cand show 'Print the shared secret'
            cand rotate 'Make a new shared secret in its place, and print it'
            cand delete 'Delete the shared secret, and the previous one'
            cand sign 'Sign what is on stdin'
            cand check 'Check the signature of what is on stdin'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;shared-secret;create'= {
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
        &'apikey;shared-secret;show'= {
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
        &'apikey;shared-secret;rotate'= {
            cand --overlap 'How long `check` still takes the previous one: 12h, 7d [default: not at all]'
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
        &'apikey;shared-secret;delete'= {
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
        &'apikey;shared-secret;sign'= {
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
        &'apikey;shared-secret;check'= {
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
        &'apikey;shared-secret;help'= {
            cand create 'Make the shared secret, and print it'
            cand show 'Print the shared secret'
            cand rotate 'Make a new shared secret in its place, and print it'
            cand delete 'Delete the shared secret, and the previous one'
            cand sign 'Sign what is on stdin'
            cand check 'Check the signature of what is on stdin'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'apikey;shared-secret;help;create'= {
        }
        &'apikey;shared-secret;help;show'= {
        }
        &'apikey;shared-secret;help;rotate'= {
        }
        &'apikey;shared-secret;help;delete'= {
        }
        &'apikey;shared-secret;help;sign'= {
        }
        &'apikey;shared-secret;help;check'= {
        }
        &'apikey;shared-secret;help;help'= {
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
            cand set-owner 'Give a key to a user, or to nobody'
            cand set-app 'Say which application a key is for'
            cand set-expiry 'Say when a key expires'
            cand set-permissions 'Say what a key may do beside what its groups allow'
            cand delete 'Delete keys for good'
            cand verify 'Decide whether a secret may be used'
            cand group 'Make, list, change and delete groups'
            cand user 'Register, list, change and delete users, who own keys'
            cand shared-secret 'Keep a secret that is shared with an integration, and sign with it'
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
        &'apikey;help;set-owner'= {
        }
        &'apikey;help;set-app'= {
        }
        &'apikey;help;set-expiry'= {
        }
        &'apikey;help;set-permissions'= {
        }
        &'apikey;help;delete'= {
        }
        &'apikey;help;verify'= {
        }
        &'apikey;help;group'= {
            cand create 'Make a group'
            cand list 'List groups'
            cand show 'Show a group'
            cand set-permissions 'Say what a group allows'
            cand set-description 'Say what a group is for'
            cand rename 'Rename a group; its keys stay in it'
            cand delete 'Delete a group that no key and no user is in'
        }
        &'apikey;help;group;create'= {
        }
        &'apikey;help;group;list'= {
        }
        &'apikey;help;group;show'= {
        }
        &'apikey;help;group;set-permissions'= {
        }
        &'apikey;help;group;set-description'= {
        }
        &'apikey;help;group;rename'= {
        }
        &'apikey;help;group;delete'= {
        }
        &'apikey;help;user'= {
            cand add 'Register a user'
            cand list 'List users'
            cand show 'Show a user'
            cand activate 'Activate users that were deactivated, and with them their keys'
            cand deactivate 'Deactivate users: verify refuses all their keys until they are activated'
            cand set-groups 'Put a user in other groups'
            cand set-expiry 'Say when a user and its keys stop'
            cand rename 'Rename a user; its keys stay its own'
            cand delete 'Delete a user that owns no key'
        }
        &'apikey;help;user;add'= {
        }
        &'apikey;help;user;list'= {
        }
        &'apikey;help;user;show'= {
        }
        &'apikey;help;user;activate'= {
        }
        &'apikey;help;user;deactivate'= {
        }
        &'apikey;help;user;set-groups'= {
        }
        &'apikey;help;user;set-expiry'= {
        }
        &'apikey;help;user;rename'= {
        }
        &'apikey;help;user;delete'= {
        }
        &'apikey;help;shared-secret'= {
            cand create 'Make the shared secret, and print it'
            cand show 'Print the shared secret'
            cand rotate 'Make a new shared secret in its place, and print it'
            cand delete 'Delete the shared secret, and the previous one'
            cand sign 'Sign what is on stdin'
            cand check 'Check the signature of what is on stdin'
        }
        &'apikey;help;shared-secret;create'= {
        }
        &'apikey;help;shared-secret;show'= {
        }
        &'apikey;help;shared-secret;rotate'= {
        }
        &'apikey;help;shared-secret;delete'= {
        }
        &'apikey;help;shared-secret;sign'= {
        }
        &'apikey;help;shared-secret;check'= {
        }
        &'apikey;help;completions'= {
        }
        &'apikey;help;help'= {
        }
    ]
    $completions[$command]
}
