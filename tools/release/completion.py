# SPDX-License-Identifier: Apache-2.0
"""Completion for bash: commands, options, and values where there is a list of them; else files."""


def completion(top, commands):
    cases = []
    for name, command in commands.items():
        for option in command.options():
            if option.choices():
                names = "|".join(f"{name}:{n}" for n in option.names)
                cases.append(f'    {names}) COMPREPLY=($(compgen -W "{" ".join(option.choices())}" -- "$word")); return ;;')
    for name, command in commands.items():
        words = " ".join(n for option in command.options() for n in option.names if n.startswith("--"))
        cases.append(f'    {name}:*) [[ $word == -* ]] && COMPREPLY=($(compgen -W "{words}" -- "$word")) ;;')
    words = " ".join([*commands, *(n for option in top.options() for n in option.names if n.startswith("--"))])
    lines = "\n".join(cases)
    return f"""# bash completion for lkmc
_lkmc() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command=${{COMP_WORDS[1]}}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{words}" -- "$word"))
    return
  fi
  case $command:$before in
{lines}
  esac
}}
complete -o default -o bashdefault -F _lkmc lkmc
"""
