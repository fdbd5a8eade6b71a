/** How much JavaScript the extension loads, and when. */
import { Lab, OWN_FILES } from './lab.mjs';

/** Bytes of script, as they are on the disk: before any notebook, and with one and its kernel. */
export async function measureSizes(browser, server) {
  const lab = await Lab.start(browser, server);
  try {
    let bytes = 0;
    const files = [];
    const loading = [];
    lab.page.on('response', response => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith(OWN_FILES) && pathname.endsWith('.js')) {
        loading.push(
          response.body().then(body => {
            bytes += body.length;
            files.push([pathname.split('/').pop(), body.length]);
          })
        );
      }
    });
    const loaded = async () => {
      await lab.settle();
      await Promise.all(loading);
      return bytes;
    };
    lab.write('sizes.ipynb', ['1']);
    await lab.open();
    const eager = await loaded();
    const eagerFiles = [...files];
    await lab.command('docmanager:open', { path: 'sizes.ipynb' });
    await lab.kernel();
    const notebook = await loaded();
    await lab.connect();
    const profiled = await loaded();
    return { eager, eagerFiles, notebook, profiled };
  } finally {
    await lab.close();
  }
}
