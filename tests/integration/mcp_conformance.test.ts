import { beforeAll, describe, expect, test } from 'vitest';
import { conformance, serverScenarios } from '../harness/conformance.ts';
import { useStack } from '../harness/stack.ts';

/** Every server scenario of the suite that Freshet can be asked. */
const passed = [
  'server-initialize', 'logging-set-level', 'ping', 'completion-complete', 'tools-list', 'tools-call-simple-text', 'tools-call-image', 'tools-call-audio',
  'tools-call-embedded-resource', 'tools-call-mixed-content', 'tools-call-with-logging', 'tools-call-error', 'server-sse-polling', 'server-sse-multiple-streams',
  'resources-list', 'resources-read-text', 'resources-read-binary', 'resources-templates-read', 'resources-subscribe', 'resources-unsubscribe', 'prompts-list',
  'prompts-get-simple', 'prompts-get-with-args', 'prompts-get-embedded-resource', 'prompts-get-with-image', 'dns-rebinding-protection',
];
/** Those that ask for what it does not offer, and why not. */
const notApplicable: Record<string, string> = {
  'tools-call-with-progress': 'a function is one statement of one transaction: it can say how far it is to nobody before it has ended',
  'tools-call-sampling': 'a function runs in the database and asks the client for nothing; the server never sends requests',
  'tools-call-elicitation': 'likewise',
  'elicitation-sep1034-defaults': 'likewise',
  'elicitation-sep1330-enums': 'likewise',
  'json-schema-2020-12': 'asks for a tool whose schema uses $defs; arguments of functions are written out where they are used, which more clients understand',
};

describe('the MCP conformance suite', () => {
  // --dev: the scenario of log messages reads what the function raises.
  const stack = useStack({ fixture: 'mcp_conformance', gateway: { settings: { FRESHET_DEV: 'true' } } });
  let known: string[];

  beforeAll(async () => {
    known = await serverScenarios();
  });

  test('is run whole: every scenario is one that passes, or one that can\'t be asked', () => {
    expect([...passed, ...Object.keys(notApplicable)].sort()).toEqual([...known].sort());
  });

  test.each(passed)('%s', async (scenario) => {
    const { status, output } = await conformance('server', '--url', `${stack.gateway.url}/mcp`, '--scenario', scenario);
    expect(status, output).toBe(0);
    expect(output).not.toMatch(/\bFAILURE\b/);
  });
});
