import {
  METADATA_KEY,
  readDismissals,
  setDismissed
} from '../../../src/model/dismissals';
import { FakeNotebook } from './fake-notebook';

describe('model/dismissals', () => {
  let notebook: FakeNotebook;

  beforeEach(() => {
    notebook = new FakeNotebook({ a: '', b: '' });
  });

  const a = { rule: 'no-grad-inference', cell_id: 'a' };
  const b = { rule: 'no-grad-inference', cell_id: 'b' };

  it('should keep what was dismissed in the metadata, once', () => {
    setDismissed(notebook, a, true);
    setDismissed(notebook, b, true);
    setDismissed(notebook, a, true);
    expect(notebook.metadata(METADATA_KEY)).toEqual({ dismissed: [b, a] });
    expect(readDismissals(notebook)).toEqual([b, a]);
  });

  it('should leave nothing behind when all is restored', () => {
    setDismissed(notebook, a, true);
    setDismissed(notebook, a, false);
    expect(notebook.metadata(METADATA_KEY)).toBeUndefined();
  });

  it('should forget cells that are gone, and keep what others have stored', () => {
    notebook.setMetadata(METADATA_KEY, { later: 1, dismissed: [{ ...a }] });
    notebook.remove('a');
    setDismissed(notebook, b, true);
    expect(notebook.metadata(METADATA_KEY)).toEqual({
      later: 1,
      dismissed: [b]
    });
  });

  it.each([
    [null],
    ['text'],
    [[1]],
    [{ dismissed: 'all' }],
    [{ dismissed: [null, 3, {}, { rule: 1, cell_id: 'a' }] }]
  ])('should pass over what a stranger left there: %j', value => {
    notebook.setMetadata(METADATA_KEY, value);
    expect(readDismissals(notebook)).toEqual([]);
    setDismissed(notebook, a, true);
    expect(readDismissals(notebook)).toEqual([a]);
  });
});
