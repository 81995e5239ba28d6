# Completes apikey in elvish; apikey itself prints the candidates.
set edit:completion:arg-completer[apikey] = {|@words|
    var offered = [(e:env _APIKEY_COMPLETE=elvish apikey -- $@words 2>/dev/null)]
    if (eq $offered [/]) {
        # A path, which elvish completes itself.
        edit:complete-filename $@words
    } else {
        all $offered
    }
}
