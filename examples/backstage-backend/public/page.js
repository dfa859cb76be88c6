import './lookup.js';
import { startDashboard } from './dashboard.js';

startDashboard();
