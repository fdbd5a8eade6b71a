/** What the bars of a tree of places stand for: time, or growth of memory. Pure. */
import {
  GROWTH_NOISE,
  growingDevice,
  growthOf,
  risesOf
} from '../../record/growth';
import type { IPlaceNode } from '../../record/places';
import {
  NOISE_LOOKS,
  placeTree,
  shareOf,
  tellingGrowth
} from '../../record/places';
import {
  formatBytes,
  formatBytesDelta,
  formatPercent
} from '../../record/units';
import { isolated } from '../../record/visible';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';
import { deviceName } from '../parts/usage';
import { clip } from '../parts/text';
import { growthWords } from './growth-words';

/** One quantity of the places of a run. */
export interface IMeasure {
  readonly kind: 'time' | 'growth';
  /** Of a place, with all that was called from there: looks or bytes. */
  amountOf(node: IPlaceNode): number;
  /** The place's part of the whole, 0 to 1. */
  shareOf(node: IPlaceNode): number;
  /** An amount below this is chance. */
  readonly noise: number;
  /** Whether the place has anything to be shown for. */
  isWorth(node: IPlaceNode): boolean;
  /** The amount as it stands in a row: `"62%"`, `"+1.2 GiB"`. */
  words(node: IPlaceNode): string;
  /** All that is known of it: `"62 of 100 samples, 3 in itself"`. */
  caption(node: IPlaceNode): string;
  /** Name of the tree. */
  readonly title: string;
}

/** The time of a run; growth of memory is told beside it. */
export function timeMeasure(record: CellRecord, trans: ITranslate): IMeasure {
  const tree = placeTree(record);
  const share = ({ looks }: IPlaceNode) => shareOf(looks, tree);
  return {
    kind: 'time',
    amountOf: ({ looks }) => looks,
    shareOf: share,
    noise: NOISE_LOOKS,
    isWorth: node => node.looks > 0 || tellingGrowth(node) !== null,
    words: node => formatPercent(share(node)),
    caption: node => {
      const { looks, own } = node;
      const words =
        own === looks
          ? trans.__('%1 of %2 samples', looks, tree.looks)
          : trans.__('%1 of %2 samples, %3 in itself', looks, tree.looks, own);
      const growth = tellingGrowth(node);
      return growth
        ? `${growthWords(growth, record, trans)} · ${words}`
        : words;
    },
    title: trans.__('Where the time went')
  };
}

/** What grew of the device that the work is on; `null`: nothing did. */
export function growthMeasure(
  record: CellRecord,
  trans: ITranslate
): IMeasure | null {
  const device = growingDevice(record);
  const rise = device === null ? 0 : (risesOf(record).get(device) ?? 0);
  if (device === null || rise < GROWTH_NOISE) {
    return null;
  }
  const amountOf = (node: IPlaceNode) => Math.max(0, growthOf(node, device));
  const measure: IMeasure = {
    kind: 'growth',
    amountOf,
    shareOf: node => amountOf(node) / rise,
    noise: GROWTH_NOISE,
    isWorth: node => amountOf(node) >= GROWTH_NOISE,
    words: node => formatBytesDelta(amountOf(node)),
    caption: node =>
      trans.__(
        '%1 of the %2 by which memory of %3 rose',
        formatBytes(amountOf(node)),
        formatBytes(rise),
        isolated(clip(deviceName(device, trans), 40))
      ),
    title: trans.__('Where the memory grew')
  };
  return placeTree(record).nodes.some(measure.isWorth) ? measure : null;
}
