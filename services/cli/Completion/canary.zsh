#compdef canary
# Completion of canary for zsh. Use: canary completion zsh > "${fpath[1]}/_canary"

_canary() {
  local line="${BUFFER[1,CURSOR]}" word meaning
  local -a completions
  while IFS=$'\t' read -r word meaning; do
    completions+=("${word//:/\\:}:${meaning}")
  done < <("${words[1]}" complete "${#line}" "$line" 2>/dev/null)
  if (( ${#completions} )); then
    _describe -V canary completions
  else
    _files
  fi
}

if [ "$funcstack[1]" = "_canary" ]; then
  _canary "$@"
else
  compdef _canary canary
fi
