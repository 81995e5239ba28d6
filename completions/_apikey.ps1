# Completes apikey in PowerShell; apikey itself prints the candidates.
Register-ArgumentCompleter -Native -CommandName apikey -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text }) + $wordToComplete
    $before = $env:_APIKEY_COMPLETE
    $env:_APIKEY_COMPLETE = 'powershell'
    try {
        $apikey = Get-Command apikey -CommandType Application | Select-Object -First 1
        $offered = @(& $apikey -- @words 2>$null)
    } finally {
        $env:_APIKEY_COMPLETE = $before
    }
    # PowerShell completes a path itself if there are no candidates.
    $offered | Where-Object { $_ -ne '/' } | ForEach-Object {
        $word, $about = $_ -split "`t", 2
        if (-not $about) { $about = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
    }
}
