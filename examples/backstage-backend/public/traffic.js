import { setText } from './elements.js';
import { requestJson, send } from './request.js';

const button = document.getElementById('traffic');

button.addEventListener('click', async () => {
  button.disabled = true;
  try {
    show(await send('PUT', 'traffic', { isOn: button.getAttribute('aria-pressed') !== 'true' }));
  } catch {
    // The dashboard says that the backend does not answer.
    button.disabled = false;
  }
});

/** Asks the backend, which may be another one now, whether its background load is on. */
export async function readTraffic() {
  show(await requestJson('traffic'));
}

function show({ isOn }) {
  button.setAttribute('aria-pressed', String(isOn));
  setText(button, isOn ? 'Stop background load' : 'Start background load');
  button.disabled = false;
}
