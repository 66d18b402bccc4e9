/** The commands that need an addon. Loaded when one of them is asked for, so that the others work without. */
import { doctor, kDoctorHelp } from './doctor/command';
import { drill, kDrillHelp } from './drill/command';
import { kMarksHelp, marks } from './marks/command';

export const kCommands = {
  doctor: { help: kDoctorHelp, run: doctor },
  drill: { help: kDrillHelp, run: drill },
  marks: { help: kMarksHelp, run: marks },
} as const;
