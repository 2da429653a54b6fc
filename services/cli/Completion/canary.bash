# Completion of canary for bash. Use: eval "$(canary completion bash)"

_canary() {
  local line="${COMP_LINE:0:COMP_POINT}" word completion
  word="${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS=$'\t' read -r completion _; do
    [[ $completion == "$word"* ]] && COMPREPLY+=("$completion")
  done < <("${COMP_WORDS[0]}" complete "${#line}" "$line" 2>/dev/null)
  # Nothing of ours fits: a path, perhaps.
  if ((${#COMPREPLY[@]} == 0)); then
    compopt -o default
  fi
}

complete -F _canary canary
