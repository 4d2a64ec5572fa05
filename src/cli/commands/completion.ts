// `completion`: a script for a shell, which asks `vivarium complete` at each Tab; `complete`: what that answers, one candidate a line.
import { virError } from '../../common/errors.ts';
import { completeWords } from '../complete.ts';
import { type CommandSpec, word, words } from '../context.ts';

const bash = `# vivarium completion bash; use: source <(vivarium completion bash)
_vivarium() {
  local current=\${COMP_WORDS[COMP_CWORD]} word
  COMPREPLY=()
  while IFS= read -r word; do
    if [[ $word == :files ]]; then
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
    elif [[ $word ]]; then
      COMPREPLY+=("$(printf %q "$word")")
    fi
  done < <("\${COMP_WORDS[0]}" -q complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o filenames -F _vivarium vivarium`;

const zsh = `#compdef vivarium
# vivarium completion zsh; put it in your fpath as _vivarium, or: source <(vivarium completion zsh)
_vivarium() {
  local -a found
  found=("\${(@f)$($words[1] -q complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if (( \${found[(I):files]} )); then
    _files
    found=("\${(@)found:#:files}")
  fi
  found=("\${(@)found:#}")
  (( $#found )) && compadd -- "\${found[@]}"
}
compdef _vivarium vivarium`;

const fish = `# vivarium completion fish; use: vivarium completion fish | source
function __vivarium_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for word in ($words[1] -q complete -- $words[2..-1] "$current" 2>/dev/null)
    if test "$word" = :files
      __fish_complete_path "$current"
    else
      echo $word
    end
  end
end
complete -c vivarium -f -a '(__vivarium_complete)'`;

export const SHELL_SCRIPTS: Readonly<Record<string, string>> = { bash, zsh, fish };

const completion: CommandSpec = {
  usage: 'completion <shell>',
  summary: 'a script that completes commands, options and names: bash, zsh or fish',
  values: { shell: Object.keys(SHELL_SCRIPTS) },
  run: async ({ out }, positional) => {
    const shell = word(positional);
    const script = Object.hasOwn(SHELL_SCRIPTS, shell) ? SHELL_SCRIPTS[shell] : undefined;
    if (script === undefined) throw virError('INVALID_ARG', `unknown shell '${shell}'; say bash, zsh or fish`);
    out.result({ shell, script }, [script]);
  },
};

const complete: CommandSpec = {
  usage: 'complete [words...]',
  summary: 'what may come next in a line, for the completion of shells',
  description: 'Takes the words of the line, the last one as far as it is typed. :files stands for the names of files.',
  run: async ({ client, out, catalog }, positional) => {
    const found = await completeWords(words(positional), { catalog, connect: client });
    out.result(found, found);
  },
};

export const completionCommands: readonly CommandSpec[] = [completion, complete];
