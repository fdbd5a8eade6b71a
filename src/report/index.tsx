/** Entry of the standalone report: shows nothing for now. */
document.body.dataset.torchprof = 'report';
export {};
