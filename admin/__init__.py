"""The web admin and its loop of appeals, pushes and reports (管理端)."""
