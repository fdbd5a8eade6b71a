import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Session } from '../../../src/record/_session';
import { composeReport, jsonForScript } from '../../../src/report/document';
import { escapeHtml, staticSummary } from '../../../src/report/summary';
import { LONG, makeHostile } from '../fixtures/hostile';
import { makeNotebook, makeRecord, makeSession } from '../fixtures/records';

const SHELL =
  '<title><!--torchprof:title--></title><div><!--torchprof:summary--></div>' +
  '<script type="application/json"><!--torchprof:session--></script>';

/** Shared with test/kernel/test_report.py: both ends write the same summary. */
const GOLDEN = join(__dirname, '../fixtures/summary');

function read(name: string): string {
  return readFileSync(join(GOLDEN, name), 'utf8');
}

/** The page of a report, as a browser reads it. */
function parse(session: Session, title = 'report'): Document {
  return new DOMParser().parseFromString(
    composeReport(session, SHELL, title),
    'text/html'
  );
}

describe('composeReport', () => {
  it('should carry the whole session', () => {
    const session = makeNotebook();
    const data = parse(session).querySelector('script')?.textContent ?? '';
    expect(JSON.parse(data)).toEqual(session);
  });

  it('should carry a hostile one as it is, and let nothing of it out', () => {
    // Texts of a mebibyte, as they stand in others, take jsdom's parser a quarter of a minute.
    const session = makeHostile('A'.repeat(4096));
    const page = parse(session, session.notebook!);
    expect(page.querySelectorAll('script')).toHaveLength(1);
    expect(page.querySelector('img')).toBeNull();
    expect(JSON.parse(page.querySelector('script')?.textContent ?? '')).toEqual(
      session
    );
    // The parser reads a line separator in the title as it stands.
    expect(page.title).toContain('</script><script>');
  });

  it('should not take marks or patterns in the data for its own', () => {
    const source = "$& $' <!--torchprof:title-->";
    const session = makeSession([makeRecord({ source })]);
    const data =
      parse(session, '$&').querySelector('script')?.textContent ?? '';
    expect(JSON.parse(data)).toEqual(session);
    expect(parse(session, '$&').title).toBe('$&');
  });
});

describe('jsonForScript', () => {
  it('should hold nothing that ends the script or a line of it', () => {
    const text = jsonForScript(['</script>', '<!--', '\u2028\u2029']);
    expect(text).not.toMatch(/[<\u2028\u2029]/);
    expect(JSON.parse(text)).toEqual(['</script>', '<!--', '\u2028\u2029']);
  });
});

describe('staticSummary', () => {
  it('should be what the kernel side writes', () => {
    const session = JSON.parse(read('session.json')) as Session;
    expect(staticSummary(session, 'a <b> & "c"')).toBe(
      read('summary.html.txt').trimEnd()
    );
  });

  it('should stay small, and say what it leaves out', () => {
    const cells = Array.from({ length: 1000 }, () =>
      makeRecord({ source: LONG })
    );
    const html = staticSummary(makeSession(cells), 'long');
    expect(html.length).toBeLessThan(200 * 500);
    expect(html).toContain('800 more runs are in this file.');
  });
});

describe('escapeHtml', () => {
  it('should escape what is special in content and attributes', () => {
    expect(escapeHtml(`<a href="x" b='y'>&`)).toBe(
      '&lt;a href=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;'
    );
  });
});
