/** Is somebody speaking in this stream? Measured here, from the sound itself. */
import { useEffect, useState } from 'react';

/** Root mean square of the samples, 1 = as loud as can be. Speech begins above the first, ends below the second. */
const LOUD = 0.03;
const QUIET = 0.015;
const LOOK_MS = 100;
/** Pauses between words are not silence. */
const HOLD_LOOKS = 6;

let shared: AudioContext | null = null;

export function useSpeaking(stream: MediaStream | null, isMuted: boolean): boolean {
  const [isSpeaking, setIsSpeaking] = useState(false);
  useEffect(() => {
    setIsSpeaking(false);
    if (!stream || isMuted) return;
    return watch(stream, setIsSpeaking);
  }, [stream, isMuted]);
  return isSpeaking;
}

/** Reports changes until the returned function is called. Tracks may come later. */
function watch(stream: MediaStream, report: (isSpeaking: boolean) => void): () => void {
  let source: MediaStreamAudioSourceNode | null = null;
  let heard: MediaStreamTrack | undefined;
  let hold = 0;
  const context = (shared ??= new AudioContext());
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  const samples = new Float32Array(analyser.fftSize);
  const look = (): void => {
    const track = stream.getAudioTracks()[0];
    if (track !== heard) {
      source?.disconnect();
      heard = track;
      source = track ? context.createMediaStreamSource(new MediaStream([track])) : null;
      source?.connect(analyser);
    }
    // Suspended until the first click on the page.
    if (context.state === 'suspended') void context.resume().catch(() => {});
    analyser.getFloatTimeDomainData(samples);
    const loudness = track ? rootMeanSquare(samples) : 0;
    if (loudness > LOUD || (hold > 0 && loudness > QUIET)) hold = HOLD_LOOKS;
    else hold = Math.max(0, hold - 1);
    report(hold > 0);
  };
  const timer = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(timer);
    source?.disconnect();
  };
}

function rootMeanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}
