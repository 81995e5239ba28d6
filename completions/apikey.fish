# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_apikey_global_optspecs
    string join \n db= format= json color= q/quiet no-input y/yes wide utc h/help V/version
end

function __fish_apikey_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_apikey_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_apikey_using_subcommand
    set -l cmd (__fish_apikey_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c apikey -n "__fish_apikey_needs_command" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_needs_command" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_needs_command" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_needs_command" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_needs_command" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_needs_command" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_needs_command" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_needs_command" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_needs_command" -s V -l version -d 'Print version'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "init" -d 'Make a database'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "create" -d 'Make a key and hand over its secret, once'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "list" -d 'List keys'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "show" -d 'Show everything about a key but its secret'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "activate" -d 'Activate keys that were deactivated'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "deactivate" -d 'Deactivate keys: verify refuses them until they are activated'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "rename" -d 'Rename a key'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "set-groups" -d 'Put a key in other groups'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "set-description" -d 'Say what a key is for'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "set-owner" -d 'Give a key to a user, or to nobody'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "set-app" -d 'Say which application a key is for'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "set-expiry" -d 'Say when a key expires'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "set-permissions" -d 'Say what a key may do beside what its groups allow'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "delete" -d 'Delete keys for good'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "verify" -d 'Decide whether a secret may be used'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "group" -d 'Make, list, change and delete groups'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "user" -d 'Register, list, change and delete users, who own keys'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "shared-secret" -d 'Keep a secret that is shared with an integration, and sign with it'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "completions" -d 'Print a script that completes commands and options'
complete -c apikey -n "__fish_apikey_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apikey -n "__fish_apikey_using_subcommand init" -l prefix -d 'What every secret begins with: 2 to 10 lower-case letters and digits' -r
complete -c apikey -n "__fish_apikey_using_subcommand init" -l argon2 -d 'What the hash of every key made from then on costs' -r
complete -c apikey -n "__fish_apikey_using_subcommand init" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand init" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand init" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand init" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand init" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand init" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand init" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand init" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand create" -s g -l group -d 'A group the key is in; may be repeated' -r
complete -c apikey -n "__fish_apikey_using_subcommand create" -s d -l description -d 'What the key is for' -r
complete -c apikey -n "__fish_apikey_using_subcommand create" -l owner -d 'The user the key belongs to: it may never do more than that one may' -r
complete -c apikey -n "__fish_apikey_using_subcommand create" -l app -d 'The application the key is for' -r
complete -c apikey -n "__fish_apikey_using_subcommand create" -l allow -d 'What the key may do beside what its groups allow: ACTION or ACTION@RESOURCE; may be repeated' -r
complete -c apikey -n "__fish_apikey_using_subcommand create" -l expires -d 'When the key expires: in 30m, 12h, 90d or 2w; at 2027-01-31 (its start in UTC) or an RFC 3339 instant; or never' -r
complete -c apikey -n "__fish_apikey_using_subcommand create" -l export -d 'Write the secret to this new file (in a directory: NAME.APIKEY) instead of stdout' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand create" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand create" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand create" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand create" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand create" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand create" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand create" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand create" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand create" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand list" -l status -d 'Keys with this status' -r -f -a "pending\t''
inactive\t''
expired\t''
active\t''"
complete -c apikey -n "__fish_apikey_using_subcommand list" -s g -l group -d 'Keys in this group' -r
complete -c apikey -n "__fish_apikey_using_subcommand list" -l owner -d 'Keys of this user' -r
complete -c apikey -n "__fish_apikey_using_subcommand list" -l app -d 'Keys for this application' -r
complete -c apikey -n "__fish_apikey_using_subcommand list" -l unused-for -d 'Keys not used for that long (12h, 90d, 2w), counted from the creation of one never used' -r
complete -c apikey -n "__fish_apikey_using_subcommand list" -l expires-within -d 'Keys that will expire within that time (12h, 90d, 2w)' -r
complete -c apikey -n "__fish_apikey_using_subcommand list" -l search -d 'Keys whose name or description holds this, case aside' -r
complete -c apikey -n "__fish_apikey_using_subcommand list" -l sort -d 'Sort by this field instead of by name' -r -f -a "id\t''
name\t''
description\t''
key\t''
status\t''
groups\t''
permissions\t''
owner\t''
application\t''
created_at\t''
created_by\t''
last_used_at\t''
last_refused_at\t''
expires_at\t''"
complete -c apikey -n "__fish_apikey_using_subcommand list" -l limit -d 'At most that many' -r
complete -c apikey -n "__fish_apikey_using_subcommand list" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand list" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand list" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand list" -l never-used -d 'Keys never used'
complete -c apikey -n "__fish_apikey_using_subcommand list" -l reverse -d 'Last first'
complete -c apikey -n "__fish_apikey_using_subcommand list" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand list" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand list" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand list" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand list" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand list" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand show" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand show" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand show" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand show" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand show" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand show" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand show" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand show" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand show" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand activate" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand activate" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand activate" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand activate" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand activate" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand activate" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand activate" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand activate" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand activate" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand activate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand deactivate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand rename" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand rename" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand rename" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand rename" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand rename" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand rename" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand rename" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand rename" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand rename" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -l add -d 'A group it is in, too; may be repeated' -r
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -l remove -d 'A group it is no longer in; may be repeated' -r
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand set-groups" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand set-description" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -l none -d 'To nobody: then its own groups and permissions alone decide'
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand set-owner" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -l none -d 'For none: `verify --app` refuses it then'
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand set-app" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand set-expiry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -l none -d 'None of its own'
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand set-permissions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand delete" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand delete" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand delete" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand delete" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand delete" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand delete" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand delete" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand delete" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand delete" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand verify" -s g -l group -d 'A group the key must be in; of a repeated one, in every one' -r
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l can -d 'What the key must be allowed to do: words of a-z, 0-9 and \'-\' joined by \':\'' -r
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l on -d 'To what; without it, to every resource' -r
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l app -d 'The application the key must be for; a key for none is refused then' -r
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l min-remaining -d 'How long the key must be valid yet: 12h, 90d, 2w' -r
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l key-file -d 'Read the secret from this file instead of stdin' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l key-env -d 'Read the secret from this environment variable instead of stdin' -r
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l no-record -d 'Don\'t record the use'
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand verify" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand verify" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand verify" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -f -a "create" -d 'Make a group'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -f -a "list" -d 'List groups'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -f -a "show" -d 'Show a group'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -f -a "set-permissions" -d 'Say what a group allows'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -f -a "set-description" -d 'Say what a group is for'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -f -a "rename" -d 'Rename a group; its keys stay in it'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -f -a "delete" -d 'Delete a group that no key and no user is in'
complete -c apikey -n "__fish_apikey_using_subcommand group; and not __fish_seen_subcommand_from create list show set-permissions set-description rename delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -s d -l description -d 'What the group is for' -r
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -l allow -d 'What the group allows: ACTION or ACTION@RESOURCE; may be repeated' -r
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -l none -d 'None'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-permissions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from set-description" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a group'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "list" -d 'List groups'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a group'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "set-permissions" -d 'Say what a group allows'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "set-description" -d 'Say what a group is for'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Rename a group; its keys stay in it'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete a group that no key and no user is in'
complete -c apikey -n "__fish_apikey_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "add" -d 'Register a user'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "list" -d 'List users'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "show" -d 'Show a user'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "activate" -d 'Activate users that were deactivated, and with them their keys'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "deactivate" -d 'Deactivate users: verify refuses all their keys until they are activated'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "set-groups" -d 'Put a user in other groups'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "set-expiry" -d 'Say when a user and its keys stop'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "rename" -d 'Rename a user; its keys stay its own'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "delete" -d 'Delete a user that owns no key'
complete -c apikey -n "__fish_apikey_using_subcommand user; and not __fish_seen_subcommand_from add list show activate deactivate set-groups set-expiry rename delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -s g -l group -d 'A group the user is in; may be repeated' -r
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -s d -l description -d 'Who or what the user is' -r
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -l expires -d 'When the user and its keys stop: in 90d, at 2027-01-31, or never' -r
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from activate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from deactivate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l add -d 'A group it is in, too; may be repeated' -r
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l remove -d 'A group it is no longer in; may be repeated' -r
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l none -d 'In no group'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-groups" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from set-expiry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "add" -d 'Register a user'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "list" -d 'List users'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a user'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "activate" -d 'Activate users that were deactivated, and with them their keys'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "deactivate" -d 'Deactivate users: verify refuses all their keys until they are activated'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "set-groups" -d 'Put a user in other groups'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "set-expiry" -d 'Say when a user and its keys stop'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Rename a user; its keys stay its own'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete a user that owns no key'
complete -c apikey -n "__fish_apikey_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -f -a "create" -d 'Make the shared secret, and print it'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -f -a "show" -d 'Print the shared secret'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -f -a "rotate" -d 'Make a new shared secret in its place, and print it'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -f -a "delete" -d 'Delete the shared secret, and the previous one'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -f -a "sign" -d 'Sign what is on stdin'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -f -a "check" -d 'Check the signature of what is on stdin'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and not __fish_seen_subcommand_from create show rotate delete sign check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -l overlap -d 'How long `check` still takes the previous one: 12h, 7d [default: not at all]' -r
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make the shared secret, and print it'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print the shared secret'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Make a new shared secret in its place, and print it'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete the shared secret, and the previous one'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from help" -f -a "sign" -d 'Sign what is on stdin'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check the signature of what is on stdin'
complete -c apikey -n "__fish_apikey_using_subcommand shared-secret; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apikey -n "__fish_apikey_using_subcommand completions" -l db -d 'The database [env: APIKEY_DB] [default: keys.db in the data directory]' -r -F
complete -c apikey -n "__fish_apikey_using_subcommand completions" -l format -d 'How data is printed; csv and jsonl are for listings' -r -f -a "table\t'For people'
json\t'One value'
jsonl\t'One object a line'
csv\t'Comma-separated, with a heading line'"
complete -c apikey -n "__fish_apikey_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'At a terminal, unless `NO_COLOR` or TERM=dumb say otherwise'
always\t'Always'
never\t'Never'"
complete -c apikey -n "__fish_apikey_using_subcommand completions" -l json -d 'Short for --format json'
complete -c apikey -n "__fish_apikey_using_subcommand completions" -s q -l quiet -d 'Print no notes on stderr'
complete -c apikey -n "__fish_apikey_using_subcommand completions" -l no-input -d 'Never ask; what lacks an answer fails'
complete -c apikey -n "__fish_apikey_using_subcommand completions" -s y -l yes -d 'Answer yes to the question whether to destroy'
complete -c apikey -n "__fish_apikey_using_subcommand completions" -l wide -d 'Show every column, and instants instead of relative times'
complete -c apikey -n "__fish_apikey_using_subcommand completions" -l utc -d 'Show times as instants in UTC'
complete -c apikey -n "__fish_apikey_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "init" -d 'Make a database'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "create" -d 'Make a key and hand over its secret, once'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "list" -d 'List keys'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "show" -d 'Show everything about a key but its secret'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "activate" -d 'Activate keys that were deactivated'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "deactivate" -d 'Deactivate keys: verify refuses them until they are activated'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "rename" -d 'Rename a key'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "set-groups" -d 'Put a key in other groups'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "set-description" -d 'Say what a key is for'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "set-owner" -d 'Give a key to a user, or to nobody'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "set-app" -d 'Say which application a key is for'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "set-expiry" -d 'Say when a key expires'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "set-permissions" -d 'Say what a key may do beside what its groups allow'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "delete" -d 'Delete keys for good'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "verify" -d 'Decide whether a secret may be used'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "group" -d 'Make, list, change and delete groups'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "user" -d 'Register, list, change and delete users, who own keys'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "shared-secret" -d 'Keep a secret that is shared with an integration, and sign with it'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "completions" -d 'Print a script that completes commands and options'
complete -c apikey -n "__fish_apikey_using_subcommand help; and not __fish_seen_subcommand_from init create list show activate deactivate rename set-groups set-description set-owner set-app set-expiry set-permissions delete verify group user shared-secret completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "create" -d 'Make a group'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "list" -d 'List groups'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "show" -d 'Show a group'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "set-permissions" -d 'Say what a group allows'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "set-description" -d 'Say what a group is for'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "rename" -d 'Rename a group; its keys stay in it'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "delete" -d 'Delete a group that no key and no user is in'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "add" -d 'Register a user'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "list" -d 'List users'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "show" -d 'Show a user'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "activate" -d 'Activate users that were deactivated, and with them their keys'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "deactivate" -d 'Deactivate users: verify refuses all their keys until they are activated'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "set-groups" -d 'Put a user in other groups'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "set-expiry" -d 'Say when a user and its keys stop'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "rename" -d 'Rename a user; its keys stay its own'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "delete" -d 'Delete a user that owns no key'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from shared-secret" -f -a "create" -d 'Make the shared secret, and print it'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from shared-secret" -f -a "show" -d 'Print the shared secret'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from shared-secret" -f -a "rotate" -d 'Make a new shared secret in its place, and print it'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from shared-secret" -f -a "delete" -d 'Delete the shared secret, and the previous one'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from shared-secret" -f -a "sign" -d 'Sign what is on stdin'
complete -c apikey -n "__fish_apikey_using_subcommand help; and __fish_seen_subcommand_from shared-secret" -f -a "check" -d 'Check the signature of what is on stdin'
