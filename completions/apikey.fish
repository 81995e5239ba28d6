# Completes apikey in fish; apikey itself prints the candidates.
function __apikey_offered
    _APIKEY_COMPLETE=fish command apikey -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token --cut-at-cursor) 2>/dev/null
end
function __apikey_wants_a_path
    set -l offered (__apikey_offered)
    test "$offered" = /
end
complete --command apikey --no-files
complete --command apikey --condition __apikey_wants_a_path --force-files
complete --command apikey --condition 'not __apikey_wants_a_path' --keep-order --arguments '(__apikey_offered)'
