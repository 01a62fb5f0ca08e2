// @ts-check
/** The sound of a new message: two notes, a fifth apart. */

/** In a busy minute it sounds now and then, not without a pause. */
const CHIME_PAUSE_MS = 2_000;
const PITCHES_HZ = [659.25, 987.77];

export class Chime {
  /** @type {AudioContext | undefined} */
  #audio;
  #playedAt = -Infinity;

  constructor() {
    // A page may make sounds only after it was clicked or typed in.
    for (const gesture of ['pointerdown', 'keydown'])
      addEventListener(gesture, () => this.#wake(), { capture: true, passive: true });
  }

  /** @param {boolean} [isUrgent] Without a pause. @returns {boolean} Whether it sounds. */
  play(isUrgent = false) {
    const audio = this.#audio;
    if (audio?.state !== 'running') return false;
    if (!isUrgent && Date.now() - this.#playedAt < CHIME_PAUSE_MS) return false;
    this.#playedAt = Date.now();
    for (const [index, pitch] of PITCHES_HZ.entries()) {
      const start = audio.currentTime + index * 0.13;
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      tone.type = 'sine';
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, start);
      volume.gain.exponentialRampToValueAtTime(0.35, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.6);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.65);
    }
    return true;
  }

  #wake() {
    try {
      this.#audio ??= new AudioContext();
      if (this.#audio.state === 'suspended') this.#audio.resume().catch(() => {});
    } catch {
      // This browser has no sound.
    }
  }
}
