import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { filesOf, type InitOptions, nextSteps } from '../../src/init/files.ts';
import { startCommand } from '../../src/init/project.ts';
import { writeNew } from '../../src/init/write.ts';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.ts';
import { parseScenario } from '../../src/scenario/load.ts';
import { planOf } from '../scenario/fixtures.ts';
import { checkSchema, schemaCheckMissing } from './schemas.ts';

const ROOT = process.cwd();

/** Quotes of all kinds, what YAML and shells take for theirs, and a line break. */
const HOSTILE = `node "my server.js" && echo 'it''s' # %0A ::error:: \${HOME} $(id) \\ ]]>: {a: b}\nexit`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wsscale-test-'));
  process.chdir(folder);
});
afterEach(() => process.chdir(ROOT));

const options = (over: Partial<InitOptions> = {}): InitOptions => ({
  ...{ scenario: 'wsscale.yaml', target: 'ws://127.0.0.1:8080', clients: 100, serve: 'npm start' },
  ...{ systems: [], version: '0.1.0' },
  ...over,
});

describe('the scenario', () => {
  it('can be run as it is written', () => {
    const [{ path, text }] = filesOf(options({ clients: 7 }));
    expect(path).toBe('wsscale.yaml');
    const plan = planOf(text);
    expect(plan.phases.map(({ name, clients }) => [name, clients])).toEqual([
      ['steady', 7],
      ['storm', 7],
    ]);
    expect(plan.phases[0].topology).toEqual({ kind: 'target', url: 'ws://127.0.0.1:8080' });
    expect(plan.gate.length).toBeGreaterThan(2);
  });

  it('has a target of any text', () => {
    const target = 'ws://h/?q="#: \'\\';
    const [{ text }] = filesOf(options({ target }));
    expect(parseScenario(text, 'x').scenario.defaults?.target).toBe(target);
  });

  it('names the schema of the wsscale that is installed beside it, in its first line', () => {
    const schema = join(folder, 'node_modules/wsscale/schema/scenario.json');
    mkdirSync(join(schema, '..'), { recursive: true });
    writeFileSync(schema, '{}');
    const first = (scenario: string) => filesOf(options({ scenario }))[0].text.split('\n', 1)[0];
    expect(first('wsscale.yaml')).toBe(
      '# yaml-language-server: $schema=./node_modules/wsscale/schema/scenario.json',
    );
    expect(first('load/a.yaml')).toBe(
      '# yaml-language-server: $schema=../node_modules/wsscale/schema/scenario.json',
    );
  });

  it('names that of the registry, of this version, where none is installed', () => {
    expect(filesOf(options())[0].text).toMatch(
      /^# yaml-language-server: \$schema=https:\/\/unpkg\.com\/wsscale@0\.1\.0\/schema\/scenario\.json\n/,
    );
  });

  it('is replaced only where that is asked for', () => {
    writeNew(filesOf(options({ clients: 1 })), false);
    const before = readFileSync('wsscale.yaml', 'utf8');
    expect(() => writeNew(filesOf(options({ clients: 2 })), false)).toThrow('wsscale.yaml is there already');
    expect(readFileSync('wsscale.yaml', 'utf8')).toBe(before);
    writeNew(filesOf(options({ clients: 2 })), true);
    expect(readFileSync('wsscale.yaml', 'utf8')).not.toBe(before);
  });
});

it('schema/scenario.json is the schema of scenarios', () => {
  // To make it again: node bin/wsscale.js schema > schema/scenario.json
  const written = JSON.parse(readFileSync(join(ROOT, 'schema/scenario.json'), 'utf8'));
  expect(written).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
});

describe('a CI job', () => {
  const jobOf = (system: 'github' | 'gitlab', over: Partial<InitOptions> = {}) =>
    filesOf(options({ systems: [system], ...over }));

  it('comes with a scenario where there is none, and takes the one that is there', () => {
    expect(jobOf('github').map(({ path }) => path)).toEqual([
      'wsscale.yaml',
      '.github/workflows/wsscale.yml',
    ]);
    writeFileSync('wsscale.yaml', 'phases:\n  - name: mine\n    target: ws://127.0.0.1:81\n');
    const [file, ...more] = jobOf('github');
    expect(more).toEqual([]);
    expect(parse(file.text).env).toMatchObject({ COMPARED: 'mine', SCENARIO: 'wsscale.yaml' });
  });

  it.each(['github', 'gitlab'] as const)('of %s has any command and any path as it is', (system) => {
    const files = jobOf(system, { serve: HOSTILE, scenario: `it's "a".yaml` });
    const document = parse(files[1].text);
    const variables = document.env ?? document['.wsscale'].variables;
    expect(variables.SERVE.value ?? variables.SERVE).toBe(HOSTILE);
    expect(variables.SCENARIO).toBe(`it's "a".yaml`);
  });

  it('of GitLab goes beside a pipeline that is there, and replaces only its own', () => {
    writeFileSync('.gitlab-ci.yml', 'test:\n  script: [make]\n');
    const beside = jobOf('gitlab');
    expect(beside[1].path).toBe('.gitlab/wsscale.gitlab-ci.yml');
    expect(nextSteps(beside, options()).join('\n')).toContain('- local: .gitlab/wsscale.gitlab-ci.yml');
    writeFileSync('.gitlab-ci.yml', beside[1].text);
    expect(jobOf('gitlab')[1].path).toBe('.gitlab-ci.yml');
  });

  it.each(['github', 'gitlab'] as const)('of %s starts nothing where the server runs elsewhere', (system) => {
    const text = jobOf(system, { serve: null, target: 'wss://staging.example.com' })[1].text;
    expect(text).not.toMatch(/SERVE|server\.log|regression/);
    expect(text).toContain('attack "$SCENARIO" --yes');
  });

  it('waits where the server will listen', () => {
    const listens = (target: string) => parse(jobOf('github', { target })[1].text).env.LISTENS;
    expect(listens('ws://localhost:8080/chat')).toBe('localhost/8080');
    expect(listens('ws://localhost')).toBe('localhost/80');
    expect(listens('wss://[::1]')).toBe('::1/443');
  });

  it('is written with all that belongs to it, or nothing is', () => {
    mkdirSync('.github/workflows', { recursive: true });
    writeFileSync('.github/workflows/wsscale.yml', 'mine');
    expect(() => writeNew(jobOf('github'), false)).toThrow('.github/workflows/wsscale.yml is there already');
    expect(existsSync('wsscale.yaml')).toBe(false);
  });

  describe.skipIf(schemaCheckMissing !== null)('satisfies the schema', () => {
    it.each([{}, { serve: HOSTILE }, { serve: null }])('of GitHub: %j', (over) => {
      checkSchema('vendor.github-workflows', jobOf('github', over)[1].text);
    });

    it.each([{}, { serve: HOSTILE }, { serve: null }])('of GitLab: %j', (over) => {
      checkSchema('vendor.gitlab-ci', jobOf('gitlab', over)[1].text);
    });

    it('of GitHub for actions, as action.yml does', () => {
      checkSchema('vendor.github-actions', readFileSync(join(ROOT, 'action.yml'), 'utf8'));
    });

    it('and one that is wrong does not', () => {
      const wrong = jobOf('github')[1].text.replace('runs-on', 'runs-at');
      expect(() => checkSchema('vendor.github-workflows', wrong)).toThrow();
    });
  });
});

describe('what starts the server', () => {
  it('is npm start, where package.json has that', () => {
    expect(startCommand('.')).toBeNull();
    writeFileSync('package.json', '{"scripts":{"test":"x"}}');
    expect(startCommand('.')).toBeNull();
    writeFileSync('package.json', '{"scripts":{"start":"node ."}}');
    expect(startCommand('.')).toBe('npm start');
  });
});

it('every command of a job is one of bash', () => {
  const files = filesOf(options({ systems: ['github', 'gitlab'], serve: HOSTILE }));
  const github = parse(files[1].text).jobs;
  const gitlab = parse(files[2].text);
  const commands = [
    ...[...github.gate.steps, ...github.regression.steps].flatMap(({ run }) =>
      run === undefined ? [] : [run],
    ),
    ...gitlab.wsscale.script,
    ...gitlab.wsscale.after_script,
    ...gitlab['wsscale-regression'].script,
  ];
  expect(commands.length).toBeGreaterThan(12);
  for (const command of commands) execFileSync('bash', ['-n', '-c', command]);
});
