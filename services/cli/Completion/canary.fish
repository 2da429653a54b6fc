# Completion of canary for fish. Use: canary completion fish > ~/.config/fish/completions/canary.fish

function __canary_complete
    set -l line (commandline --cut-at-cursor)
    canary complete (string length -- $line) $line 2>/dev/null
end

function __canary_takes_path
    contains -- (commandline --tokenize --cut-at-cursor)[-1] --repo -C --data --config --stop
end

complete --command canary --no-files --arguments '(__canary_complete)'
complete --command canary --force-files --condition __canary_takes_path
