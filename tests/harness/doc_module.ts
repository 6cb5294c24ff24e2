/** Compiles TypeScript of a page as an app's would be, with the packages of this repository and the types that were generated. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './doc_blocks.ts';

const packages = join(root, 'client-sdk/packages');

/** What the compiler says about the module `name` in `folder`, which may import what lies there; empty: all is well. */
export async function compile(folder: string, name: string, source: string): Promise<string> {
  await writeFile(join(folder, name), source);
  const config = {
    extends: join(root, 'client-sdk/tsconfig.base.json'),
    compilerOptions: {
      noEmit: true,
      jsx: 'react-jsx',
      types: [],
      typeRoots: [join(root, 'node_modules/@types')],
      paths: {
        '@freshet/client': [join(packages, 'core/src/index.ts')],
        '@freshet/react': [join(packages, 'react/src/index.ts')],
        '@freshet/testing': [join(packages, 'testing/src/index.ts')],
        '@freshet/testing/fake': [join(packages, 'testing/src/fake.ts')],
        'react-dom/client': [join(root, 'node_modules/@types/react-dom/client.d.ts')],
        react: [join(root, 'node_modules/@types/react')],
        'react/jsx-runtime': [join(root, 'node_modules/@types/react/jsx-runtime')],
      },
    },
    files: [name],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return new Promise((resolve) => {
    execFile(join(root, 'node_modules/.bin/tsc'), ['-p', folder], (error, out) => resolve(error === null ? '' : out || String(error)));
  });
}
