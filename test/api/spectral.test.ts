/** Fourier transforms, windows and draws: limits and arguments that the recorded answers do not ask. */
import { talk } from "./rig.js";

describe("spectral", () => {
  talk("a transform's size has a limit, whatever asks for it", [
    ["fft(1 2f;1000000000)", "'fft: up to 268435456 points expected, given a size of 1000000000"],
    ["irfft(1 2f;0W)", "'irfft: up to 268435456 points expected, given a size of 9223372036854775807"],
    [
      "fftn((1 2f;3 4f);100000 100000)",
      "'fftn: up to 268435456 points expected, given a size of 100000 100000",
    ],
    [
      "ifft2(tensor(1 2f;3 4f);0W 0W)",
      "'ifft2: up to 268435456 points expected, given a size of 9223372036854775807 9223372036854775807",
    ],
    ["fftshift(1 2f;100000#0)", "'expecting up to 64 dimensions, given 100000"],
    ["roll(1 2f;100000#0;100000#0)", "'expecting up to 64 dimensions, given 100000"],
    ["fft(1 2f;0N)", "(3 -1f;0 0f)"],
    ["fft2((1 2f;3 4f);();())", "((10 -2f;-4 0f);(0 0f;0 0f))"],
  ]);

  talk("windows take their numbers behind the flag alone", [
    ["tensor hann(4;1b;`double)"],
    ["tensor kaiser(1;0b;2;`double)", "enlist 1f"],
    [
      "kaiser(4;2f)",
      "'kaiser expects arg(s) of length, (length;periodic) or (length;periodic;beta), along w'optional tensor attributes",
    ],
    [
      "bartlett 4 5",
      "'bartlett expects arg(s) of length, (length;tensor attributes), (length;periodic;tensor attributes)",
    ],
    ["gradflag hann(4;`grad)", "1b"],
    ["fftfreq 0N", "'fftfreq: length cannot be negative, given -9223372036854775808"],
    ["tensor fftfreq(4;.5;`double)", "0 .5 -1 -.5"],
    ["r:tensor 0#0f"],
    ["rfftfreq(4;r)", "::"],
    ["tensor r", "0 .25 .5"],
  ]);

  talk("draws", [
    ["bernoulli 0 1 1f", "0 1 1f"],
    ["multinomial 0 0 1f", "2"],
    ["multinomial(0 0 1f;-1)", "2"],
    ["multinomial(0 0 1f;3;1b)", "2 2 2"],
    ["multinomial(0 1f;1 0f)", "1 0"],
    ["r:tensor 0#0"],
    ["multinomial(enlist 0 1f;r)", "::"],
    ["tensor r", "1"],
    ["multinomial .5", "'multinomial: not implemented for double scalar"],
  ]);
});
