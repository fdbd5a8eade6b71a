import * as React from 'react';

import { ListedTable } from '../parts/listed-table';
import { Text } from '../parts/text';
import { formatDuration } from '../../record/units';
import { compilerSummary, kindWords, pageOf } from './compiler-words';
import { LineWay } from './line-way';
import { some } from './tables';
import type { ITables } from './tables';
import type { DeepCompilation } from '../../record/_session';

const REASON = 300;

/** What `torch.compile` made of the cell's code: where it broke, and what it compiled again. */
export function Compiler(props: ITables): JSX.Element | null {
  const { deep, context, trans } = props;
  const entries = deep.compiler ?? [];
  return (
    <ListedTable<DeepCompilation>
      name="deep compiler"
      title={trans.__('Compiler')}
      summary={compilerSummary(entries, trans)}
      headings={[trans.__('Where and why'), trans.__('Took')]}
      entries={entries}
      trans={trans}
      row={(entry, index) => {
        const place = (context.record.places ?? [])[entry.place ?? -1];
        const page = pageOf(entry);
        const hints = entry.hints ?? [];
        return (
          <tbody key={index} className="jp-Torchprof-compilation">
            <tr>
              <th scope="rowgroup" colSpan={2}>
                {place ? (
                  <LineWay {...props} node={{ place }} />
                ) : (
                  <Text value={entry.function ?? ''} length={80} />
                )}{' '}
                <span className="jp-Torchprof-muted">
                  {kindWords(entry, trans)}
                </span>
              </th>
            </tr>
            <tr>
              <td>
                <Text value={entry.reason ?? ''} length={REASON} />
                {page && (
                  <>
                    {' '}
                    <a href={page} target="_blank" rel="noopener noreferrer">
                      {trans.__('PyTorch’s page about it')}
                    </a>
                  </>
                )}
                {hints.length > 0 && (
                  <ul>
                    {hints.map((hint, at) => (
                      <li key={at}>
                        <Text value={hint} length={REASON} />
                      </li>
                    ))}
                  </ul>
                )}
              </td>
              <td>{some(entry.seconds, formatDuration)}</td>
            </tr>
          </tbody>
        );
      }}
    />
  );
}
