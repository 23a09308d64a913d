// Runs MicroPython's WebAssembly build as a program: node run.mjs PACKAGE HEAP_BYTES FOLDER CODE
//
// FOLDER's files are copied to / of the interpreter's own memory file system before CODE runs.
// Lines #--- in CODE part it into steps: this build collects garbage only between two.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [packageFolder, heapBytes, folder, code] = process.argv.slice(2);
const module = pathToFileURL(path.join(packageFolder, 'micropython.mjs'));
const { loadMicroPython } = await import(module);
const micropython = await loadMicroPython({
  heapsize: Number(heapBytes),
  stdout: (line) => fs.writeSync(1, line + '\n'),
});

function copy(from, to) {
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const source = path.join(from, entry.name);
    const target = to + '/' + entry.name;
    if (entry.isDirectory()) {
      micropython.FS.mkdir(target);
      copy(source, target);
    } else {
      micropython.FS.writeFile(target, fs.readFileSync(source));
    }
  }
}

copy(folder, '');
try {
  for (const step of code.split('#---\n')) micropython.runPython(step);
} catch (error) {
  if (error.type === 'SystemExit') process.exit(Number(error.message.match(/(\d+)\s*$/)?.[1] ?? 0));
  fs.writeSync(1, String(error.message ?? error) + '\n');
  process.exit(1);
}
