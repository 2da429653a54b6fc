# Completion of canary for fish. Use: canary completion fish > ~/.config/fish/completions/canary.fish

function __canary_complete
    set -l line (commandline --cut-at-cursor)
    canary complete (string length -- $line) $line 2>/dev/null
end

complete --command canary --arguments '(__canary_complete)'
