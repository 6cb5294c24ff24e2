import { parseArgs } from 'node:util';
import { subjectNames, type SubjectName } from './subject.ts';

/** `--name value` of the command line as numbers, with defaults; `--subjects a,b` chooses what is measured. */
export function readOptions<K extends string>(defaults: Record<K, number>): { numbers: Record<K, number>; subjects: SubjectName[] } {
  const names = Object.keys(defaults) as K[];
  const { values } = parseArgs({
    options: Object.fromEntries([...names, 'subjects'].map((name) => [name, { type: 'string' as const }])),
  });
  const numbers = { ...defaults };
  for (const name of names) {
    const given = values[name] as string | undefined;
    if (given === undefined) continue;
    if (!/^\d+(\.\d+)?$/.test(given)) throw new Error(`--${name} needs a number`);
    numbers[name] = Number(given);
  }
  const subjects = ((values['subjects'] as string | undefined) ?? 'freshet,handmade').split(',').map((name) => {
    const known = subjectNames.find((subject) => subject === name);
    if (known === undefined) throw new Error(`no such subject: ${name}; there are ${subjectNames.join(', ')}`);
    return known;
  });
  return { numbers, subjects };
}
