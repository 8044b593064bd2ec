/**
 * breathe: lets the page, or a worker, take messages in the middle of its work; sooner than a timer would.  Tests know it by the 0.
 */
export function breathe(): Promise<void> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(0);
  });
}
