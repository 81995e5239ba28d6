# Completes apikey in bash; apikey itself prints the candidates.
_apikey() {
    # apikey gets the words between white space. Bash splits them also at = : @
    # (COMP_WORDBREAKS), and replaces only the text after the last of these.
    local rest=${COMP_LINE:0:COMP_POINT} words=() next word i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        next=${rest#"${rest%%[![:space:]]*}"}
        word=${COMP_WORDS[i]}
        if ((i == COMP_CWORD)); then
            word=$next
        fi
        if ((i > 0)) && [[ $next == "$rest" ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        rest=${next#"$word"}
    done
    mapfile -t COMPREPLY < <(_APIKEY_COMPLETE=bash command apikey -- "${words[@]}" 2>/dev/null)

    if [[ ${COMPREPLY[*]} == / ]]; then
        # A path, which bash completes itself if there are no candidates.
        COMPREPLY=()
        compopt -o default -o filenames
        return
    fi
    local typed=${words[${#words[@]} - 1]}
    local kept=${typed%"$2"} quote=plain
    case $kept in *[\'\"]*) quote=open ;; esac
    kept=${kept//[\\\'\"]/}
    for i in "${!COMPREPLY[@]}"; do
        word=${COMPREPLY[i]#"$kept"}
        if [[ $quote == plain ]]; then
            printf -v word %q "$word"
        fi
        COMPREPLY[i]=$word
    done
}
# Before 4.4 bash sorts the candidates.
complete -o nosort -F _apikey apikey 2>/dev/null || complete -F _apikey apikey
