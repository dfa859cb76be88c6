import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectToBrowser, type BrowserConnection } from './connectToBrowser';

/** A page in a headless browser. */
export interface BrowserPage {
  /** Errors and warnings in the console, and uncaught exceptions. */
  readonly problems: readonly string[];
  /** Loads an address, in a window of this size and with a light or dark color scheme. */
  open(
    url: string,
    look?: { readonly width?: number; readonly height?: number; readonly isDark?: boolean },
  ): Promise<void>;
  /** The value of an expression in the page; if it is a promise, the value that it resolves to. */
  evaluate<T>(expression: string): Promise<T>;
  /** Resolves as soon as the expression is true. It is evaluated after each change of the page. */
  until(expression: string): Promise<void>;
  /** From now on, answers requests whose address contains this text with a status, or not at all when it is `undefined`. */
  answer(text: string, status: number | undefined): Promise<void>;
  /** Roles of the controls that have no name for a screen reader. */
  unnamedControls(): Promise<readonly string[]>;
  /** Presses a key, such as `Tab`, `Enter` or `ArrowLeft`, in the focused element. */
  press(key: string): Promise<void>;
  /** A PNG of the whole page. */
  screenshot(): Promise<Buffer>;
}

export interface Browser {
  openPage(): Promise<BrowserPage>;
  /** Closes all pages, so that they use no processor time. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a Chromium. It ends when this process ends, for whatever reason. */
export async function openBrowser(program: string): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'greenroom-browser-'));
  const args = [
    '--headless=new',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--disable-gpu',
    // Containers often have little shared memory.
    '--disable-dev-shm-usage',
  ];
  // Chromium refuses to run as root within its sandbox.
  if (process.getuid?.() === 0) args.push('--no-sandbox');
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const connection = connectToBrowser(child);
  const pages: string[] = [];
  return {
    async openPage() {
      const { targetId } = await connection.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
      pages.push(targetId);
      return attachTo(connection, targetId);
    },
    async closePages() {
      await Promise.all(pages.splice(0).map(targetId => connection.send('Target.closeTarget', { targetId })));
    },
    async close() {
      child.kill();
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function attachTo(browser: BrowserConnection, targetId: string): Promise<BrowserPage> {
  const { sessionId } = await browser.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
  const send = <T>(method: string, parameters?: object) => browser.send<T>(method, parameters, sessionId);
  const problems: string[] = [];
  browser.onEvent(sessionId, (method, parameters) => {
    const problem = toProblem(method, parameters);
    if (problem !== undefined) problems.push(problem);
  });
  await Promise.all(['Page.enable', 'Runtime.enable', 'Log.enable'].map(method => send(method)));

  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send<Evaluated>('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as T;
  };
  return {
    problems,
    evaluate,
    until: expression =>
      evaluate(`new Promise(resolve => {
        const check = () => {
          if (!(${expression})) return;
          observer.disconnect();
          resolve();
        };
        const observer = new MutationObserver(check);
        observer.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
        check();
      })`),
    async answer(text, status) {
      await send('Fetch.enable', { patterns: [{ urlPattern: `*${text}*` }] });
      browser.onEvent(sessionId, (method, parameters) => {
        if (method !== 'Fetch.requestPaused') return;
        const { requestId } = parameters as { requestId: string };
        const answered =
          status === undefined
            ? send('Fetch.failRequest', { requestId, errorReason: 'ConnectionRefused' })
            : send('Fetch.fulfillRequest', { requestId, responseCode: status });
        answered.catch((error: Error) => problems.push(error.message));
      });
    },
    async unnamedControls() {
      const { nodes } = await send<{ nodes: readonly AccessibleNode[] }>('Accessibility.getFullAXTree');
      const roles = nodes.flatMap(({ ignored, role, name }) => (ignored || name?.value ? [] : (role?.value ?? [])));
      return roles.filter(role => controlRoles.includes(role));
    },
    async open(url, { width = 1280, height = 900, isDark = false } = {}) {
      const features = [{ name: 'prefers-color-scheme', value: isDark ? 'dark' : 'light' }];
      await send('Emulation.setEmulatedMedia', { features });
      await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
      const loaded = browser.nextEvent(sessionId, 'Page.loadEventFired');
      const { errorText } = await send<{ errorText?: string }>('Page.navigate', { url });
      if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
      await loaded;
    },
    async press(key) {
      const event = { key, code: key, windowsVirtualKeyCode: keyCodes[key], ...(key === 'Enter' && { text: '\r' }) };
      await send('Input.dispatchKeyEvent', { ...event, type: key === 'Enter' ? 'keyDown' : 'rawKeyDown' });
      await send('Input.dispatchKeyEvent', { ...event, type: 'keyUp' });
    },
    async screenshot() {
      const { data } = await send<{ data: string }>('Page.captureScreenshot', { captureBeyondViewport: true });
      return Buffer.from(data, 'base64');
    },
  };
}

const keyCodes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, Escape: 27, ArrowLeft: 37, ArrowRight: 39 };

const controlRoles = ['button', 'combobox', 'dialog', 'link', 'region', 'slider', 'table', 'textbox'];

interface AccessibleNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: ExceptionDetails;
}

interface ExceptionDetails {
  readonly text: string;
  readonly exception?: { readonly description?: string };
}

interface ProblemEvent {
  readonly type?: string;
  readonly args?: readonly { readonly value?: unknown; readonly description?: string }[];
  readonly entry?: { readonly level: string; readonly text: string; readonly url?: string };
  readonly exceptionDetails?: ExceptionDetails;
}

function toProblem(method: string, { type, args = [], entry, exceptionDetails }: ProblemEvent): string | undefined {
  if (method === 'Runtime.exceptionThrown') return exceptionDetails?.exception?.description ?? exceptionDetails?.text;
  if (method === 'Runtime.consoleAPICalled' && (type === 'error' || type === 'warning')) {
    return args.map(({ value, description }) => description ?? String(value)).join(' ');
  }
  if (method === 'Log.entryAdded' && entry && entry.level !== 'info' && entry.level !== 'verbose') {
    return `${entry.text} ${entry.url ?? ''}`.trim();
  }
  return undefined;
}
