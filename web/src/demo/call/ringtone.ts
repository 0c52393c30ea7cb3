/** The sound of a call that waits for an answer, made here: two soft notes, again and again. */
import { useEffect } from 'react';

export type Ring = 'incoming' | 'outgoing';

interface Melody {
  /** Hertz, one after the other. */
  notes: readonly number[];
  /** Seconds from one note to the next, and from one round to the next. */
  step: number;
  every: number;
  /** 1 = as loud as can be. */
  loudness: number;
}

const MELODIES: Record<Ring, Melody> = {
  incoming: { notes: [659.3, 880, 659.3, 880], step: 0.17, every: 2.4, loudness: 0.12 },
  outgoing: { notes: [440, 440], step: 0.4, every: 3.2, loudness: 0.04 },
};

let shared: AudioContext | null = null;

/** Rings while `ring` is not null. Silent where the browser allows no sound yet. */
export function useRingtone(ring: Ring | null): void {
  useEffect(() => {
    if (!ring || typeof AudioContext === 'undefined') return;
    const context = (shared ??= new AudioContext());
    void context.resume().catch(() => {});
    const melody = MELODIES[ring];
    const out = context.createGain();
    out.connect(context.destination);
    const play = (): void => {
      if (context.state !== 'running') return;
      melody.notes.forEach((note, index) => strike(context, out, note, index * melody.step, melody));
    };
    const first = setTimeout(play, 50);
    const timer = setInterval(play, melody.every * 1000);
    return () => {
      clearTimeout(first);
      clearInterval(timer);
      out.disconnect();
    };
  }, [ring]);
}

/** One note that begins `delay` seconds from now and fades like a bell. */
function strike(context: AudioContext, out: AudioNode, note: number, delay: number, { loudness, step }: Melody): void {
  const start = context.currentTime + delay;
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = note;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(loudness, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + step * 2);
  tone.connect(volume).connect(out);
  tone.start(start);
  tone.stop(start + step * 2);
}
