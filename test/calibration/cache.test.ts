import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { calibrationFile, readCalibration, writeCalibration } from '../../src/calibration/cache.ts';
import { calibration } from '../support/calibration.ts';

const scratch = () => join(mkdtempSync(join(tmpdir(), 'wsscale-test-')), 'deep', 'calibration.json');

describe('the file', () => {
  const atHome = join(homedir(), '.cache', 'wsscale', 'calibration.json');

  test.for([
    ['in the cache of the user', {}, atHome],
    [
      'where XDG_CACHE_HOME says',
      { XDG_CACHE_HOME: '/var/cache/me' },
      '/var/cache/me/wsscale/calibration.json',
    ],
    ['not where that is not absolute', { XDG_CACHE_HOME: 'cache' }, atHome],
    ['not where that is empty', { XDG_CACHE_HOME: '' }, atHome],
  ] as const)('is %s', ([, env, file]) => {
    expect(calibrationFile(env)).toBe(file);
  });
});

describe('a calibration', () => {
  const { machine } = calibration();

  test('that was written is read again', () => {
    const file = scratch();
    writeCalibration(file, calibration());
    expect(readCalibration(file, machine)).toEqual(calibration());
  });

  test.for([
    ['another processor', { cpuModel: 'another' }],
    ['other cores', { cores: 4 }],
    ['another Node', { node: 'v22.0.0' }],
    ['another version', { wsscale: '0.2.0' }],
  ] as const)('of %s does not hold', ([, other]) => {
    const file = scratch();
    writeCalibration(file, calibration());
    expect(readCalibration(file, { ...machine, ...other })).toBe(null);
  });

  test.for([
    ['is not there', null],
    ['is no JSON', '{'],
    ['is something else', '{"messagesPerS": 3}'],
  ] as const)('whose file %s is none', ([, text]) => {
    const file = join(mkdtempSync(join(tmpdir(), 'wsscale-test-')), 'calibration.json');
    if (text !== null) writeFileSync(file, text);
    expect(readCalibration(file, machine)).toBe(null);
  });

  test('that cannot be written leaves what was there', () => {
    const file = scratch();
    writeCalibration(file, calibration());
    expect(() => writeCalibration(join(file, 'below'), calibration())).toThrow(/ENOTDIR|EEXIST/);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(calibration());
  });
});
