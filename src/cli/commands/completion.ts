// `completion`: a script for a shell that completes commands, their options, and the names of the domains that there are when Tab is pressed.
// Commands and options are written into the script; domains are asked of `vivarium list`.
import { virError } from '../../common/errors.ts';
import { type CommandSpec, nameOf, word } from '../context.ts';
import { slotsOf } from '../slots.ts';

/** Which domains a command is for; the others take any. */
const ACTIVE = ['shutdown', 'reboot', 'reset', 'destroy', 'suspend', 'resume', 'console', 'screenshot', 'vncdisplay'];
const listFlag = (name: string): string =>
  name === 'start' ? '--inactive' : [...ACTIVE, 'send-key', 'domdisplay', 'ttyconsole'].includes(name) ? '' : '--all';

const takesDomain = ({ usage }: CommandSpec): boolean => slotsOf(usage).some(({ name }) => name.startsWith('domain'));
const optionsOf = (spec: CommandSpec): readonly string[] => [
  ...new Set([
    ...(spec.options ?? []).map(([flags]) => flags.split(' ')[0] ?? ''),
    ...(takesDomain(spec) ? ['--domain'] : []),
    '--json',
  ]),
];

const cases = (specs: readonly CommandSpec[]): string =>
  specs
    .map((spec) => {
      const domains = takesDomain(spec) ? ` domains='list --name ${listFlag(nameOf(spec))}'` : '';
      return `    ${nameOf(spec)}) options='${optionsOf(spec).join(' ')}'${domains} ;;`;
    })
    .join('\n');

const bash = (
  specs: readonly CommandSpec[],
): string => `# vivarium completion bash; use: source <(vivarium completion bash)
_vivarium() {
  local current=\${COMP_WORDS[COMP_CWORD]} options='' domains='' word IFS=$' \\t\\n'
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${specs.map(nameOf).join(' ')}' -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases(specs)}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ $domains ]]; then
    while IFS= read -r word; do
      [[ $word && $word == "$current"* ]] && COMPREPLY+=("$(printf %q "$word")")
    done < <("\${COMP_WORDS[0]}" $domains 2>/dev/null)
  fi
}
complete -o default -F _vivarium vivarium`;

const zsh = (specs: readonly CommandSpec[]): string => `#compdef vivarium
# vivarium completion zsh; put it in your fpath as _vivarium, or: source <(vivarium completion zsh)
_vivarium() {
  local options='' domains=''
  if ((CURRENT == 2)); then
    compadd -- ${specs.map(nameOf).join(' ')}
    return
  fi
  case $words[2] in
${cases(specs)}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    compadd -- \${=options}
  elif [[ -n $domains ]]; then
    compadd -- \${(f)"$($words[1] \${=domains} 2>/dev/null)"}
  else
    _files
  fi
}
compdef _vivarium vivarium`;

const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
const fish = (specs: readonly CommandSpec[]): string =>
  [
    '# vivarium completion fish; use: vivarium completion fish | source',
    ...specs.flatMap((spec) => {
      const name = nameOf(spec);
      const here = `complete -c vivarium -n '__fish_seen_subcommand_from ${name}'`;
      return [
        `complete -c vivarium -f -n __fish_use_subcommand -a ${name} -d ${quote(spec.summary)}`,
        ...optionsOf(spec).map((option) => `${here} -l ${option.slice(2)}`),
        ...(takesDomain(spec) ? [`${here} -f -a '(vivarium list --name ${listFlag(name)} 2>/dev/null)'`] : []),
      ];
    }),
  ].join('\n');

export const SHELL_SCRIPTS: Readonly<Record<string, (specs: readonly CommandSpec[]) => string>> = { bash, zsh, fish };

export const completionCommand: CommandSpec = {
  usage: 'completion <shell>',
  summary: 'a script that completes commands, options and domains: bash, zsh or fish',
  run: async ({ topics, out }, positional) => {
    const shell = word(positional);
    const script = Object.hasOwn(SHELL_SCRIPTS, shell) ? SHELL_SCRIPTS[shell] : undefined;
    if (!script) throw virError('INVALID_ARG', `unknown shell '${shell}'; say bash, zsh or fish`);
    const text = script((await topics()).flatMap(({ specs }) => specs));
    out.result({ shell, script: text }, [text]);
  },
};
