import * as React from 'react';

import { formatBytes } from '../record/units';
import { Code, Text } from './text';
import type { PlacedModule, PlacedTensor, Placement } from '../record/_session';
import type { ITranslate } from './state';

/** Rows of each table. */
const ROWS = 20;

/** Modules and the largest tensors one by one, folded until asked for. */
export function ModulesTable(props: {
  placement: Placement;
  trans: ITranslate;
}): JSX.Element | null {
  const { trans } = props;
  const modules = props.placement.modules ?? [];
  const tensors = (props.placement.tensors ?? []).filter(
    tensor => !tensor.shares_storage
  );
  const count = modules.length + tensors.length;
  return count === 0 ? null : (
    <details className="jp-Torchprof-fold">
      <summary>
        {[
          modules.length > 0 &&
            trans._n('%1 module', '%1 modules', modules.length),
          tensors.length > 0 &&
            trans._n('%1 other tensor', '%1 other tensors', tensors.length)
        ]
          .filter(Boolean)
          .join(', ')}
      </summary>
      <ul className="jp-Torchprof-entries">
        {modules.slice(0, ROWS).map(module => (
          <ModuleRow key={module.path} module={module} trans={trans} />
        ))}
        {tensors.slice(0, ROWS).map(tensor => (
          <TensorRow key={tensor.path} tensor={tensor} trans={trans} />
        ))}
      </ul>
      {(modules.length > ROWS || tensors.length > ROWS) && (
        <p className="jp-Torchprof-muted">
          {trans.__('The smaller ones are not listed.')}
        </p>
      )}
    </details>
  );
}

function ModuleRow(props: {
  module: PlacedModule;
  trans: ITranslate;
}): JSX.Element {
  const { module, trans } = props;
  const facts = [
    trans.__('%1 parameters', module.parameters.toLocaleString('en')),
    Object.keys(module.devices ?? {}).join(' + '),
    Object.keys(module.dtypes ?? {}).join(' + '),
    module.training ? trans.__('training mode') : trans.__('eval mode'),
    module.gradient_bytes > 0 &&
      trans.__('%1 of gradients', formatBytes(module.gradient_bytes))
  ];
  return (
    <li>
      <span className="jp-Torchprof-entryHead">
        <span>
          <Code value={module.path} /> <Text value={module.class_name} />
        </span>
        <span>{formatBytes(module.parameter_bytes + module.buffer_bytes)}</span>
      </span>
      <span className="jp-Torchprof-entryDetails">
        <Text value={facts.filter(Boolean).join(' · ')} length={400} />
      </span>
    </li>
  );
}

function TensorRow(props: {
  tensor: PlacedTensor;
  trans: ITranslate;
}): JSX.Element {
  const { tensor, trans } = props;
  const facts = [
    tensor.device,
    tensor.dtype,
    tensor.shape.length > 0 ? tensor.shape.join(' × ') : trans.__('scalar'),
    tensor.has_grad_fn && trans.__('with graph'),
    !tensor.has_grad_fn && tensor.requires_grad && trans.__('requires grad')
  ];
  return (
    <li>
      <span className="jp-Torchprof-entryHead">
        <Code value={tensor.path} />
        <span>{formatBytes(tensor.storage_bytes)}</span>
      </span>
      <span className="jp-Torchprof-entryDetails">
        <Text value={facts.filter(Boolean).join(' · ')} length={400} />
      </span>
    </li>
  );
}
