import * as React from 'react';

import { Prose } from '../parts/text';
import type { Connection, ITranslate, IViewActions } from '../state';

interface INotice {
  title: string;
  text: string;
  /** A line to run in a terminal or a cell. */
  command?: string;
  /** Label of the button that loads the kernel extension. */
  load?: string;
  tone: 'plain' | 'warning';
}

/**
 * What stands between the user and a profile, and what to do about it. Nothing when connected;
 * `hasSession` says that measurements are shown below, so a short wait needs no words.
 */
export function ConnectionNotice(props: {
  connection: Connection;
  hasSession: boolean;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element | null {
  const notice = describe(props.connection, props.hasSession, props.trans);
  return (
    notice && (
      <Notice notice={notice} actions={props.actions} trans={props.trans} />
    )
  );
}

function Notice(props: {
  notice: INotice;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { notice, actions, trans } = props;
  return (
    <div className="jp-Torchprof-notice" data-tone={notice.tone} role="status">
      <strong className="jp-Torchprof-noticeTitle">{notice.title}</strong>
      {notice.text && (
        <p>
          <Prose text={notice.text} />
        </p>
      )}
      {notice.command && <Command line={notice.command} trans={trans} />}
      {notice.load && actions.load && (
        <button
          type="button"
          className="jp-Torchprof-button"
          onClick={() => actions.load?.()}
        >
          {notice.load}
        </button>
      )}
    </div>
  );
}

/** A line to run elsewhere; focusable, so that it can be selected and copied by keyboard. */
function Command(props: { line: string; trans: ITranslate }): JSX.Element {
  const [copied, setCopied] = React.useState(false);
  const copy = () => {
    // The clipboard exists in secure contexts only; the text can be selected all the same.
    void navigator.clipboard?.writeText(props.line).then(
      () => setCopied(true),
      () => setCopied(false)
    );
  };
  return (
    <div className="jp-Torchprof-command">
      <pre tabIndex={0}>{props.line}</pre>
      <button type="button" className="jp-Torchprof-button" onClick={copy}>
        {copied ? props.trans.__('Copied') : props.trans.__('Copy')}
      </button>
    </div>
  );
}

function describe(
  connection: Connection,
  hasSession: boolean,
  trans: ITranslate
): INotice | null {
  switch (connection.kind) {
    case 'none':
      return withoutKernel(connection.reason, trans);
    case 'connecting':
      return hasSession
        ? null
        : {
            title: trans.__('Connecting to the kernel…'),
            text: trans.__(
              'A kernel that is at work answers when its cell has ended.'
            ),
            tone: 'plain'
          };
    case 'connected':
      return connection.enabled
        ? null
        : {
            title: trans.__('Profiling is off'),
            text: trans.__(
              'Cells run without being measured. To measure again, run in a cell:'
            ),
            command: '%torchprof on',
            tone: 'plain'
          };
    case 'missing':
      return {
        title: trans.__('The profiler is missing in this kernel'),
        text: `${connection.message} ${trans.__(
          'Install the wheel that JupyterLab has there, too, from the folder where the file is; then restart the kernel or try again:'
        )}`.trim(),
        command: connection.install,
        load: trans.__('Try again'),
        tone: 'warning'
      };
    case 'idle':
      return {
        title: trans.__('This kernel is not profiled'),
        text: trans.__(
          'The extension was unloaded, or loading it automatically is switched off in the settings.'
        ),
        load: trans.__('Start profiling'),
        tone: 'plain'
      };
    case 'disconnected':
      return {
        title: trans.__('The kernel cannot be reached'),
        text: [
          connection.message,
          trans.__(
            'Profiling goes on by itself when the kernel is back; if it stays away, restart it.'
          ),
          hasSession && trans.__('What was measured before is shown below.')
        ]
          .filter(Boolean)
          .join(' '),
        load: trans.__('Try again'),
        tone: 'warning'
      };
  }
}

function withoutKernel(
  reason: 'no-notebook' | 'no-kernel' | 'not-python',
  trans: ITranslate
): INotice {
  switch (reason) {
    case 'no-notebook':
      return {
        title: trans.__('No notebook is open'),
        text: trans.__(
          'Open a notebook and run a cell: what it costs and where its tensors live appears here.'
        ),
        tone: 'plain'
      };
    case 'no-kernel':
      return {
        title: trans.__('This notebook has no kernel'),
        text: trans.__('Start a Python kernel to profile its cells.'),
        tone: 'plain'
      };
    case 'not-python':
      return {
        title: trans.__('This kernel is not Python'),
        text: trans.__('PyTorch cells are profiled in Python kernels.'),
        tone: 'plain'
      };
  }
}
